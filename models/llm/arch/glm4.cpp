// GLM-4-0414 and Z1 (dense): norms before and after both parts, rope on part of each head.
#include "models/llm/spec.h"

namespace dlgo {

static void declare(const Hparams& h, ModelSpec& m) {
    // Files of vision models, which have sections, are converted to the other layout of pairs.
    const bool adjacent = !h.has("rope.dimension_sections") || h.per_layer("rope.dimension_sections", 4, 0, kMaxHeadDim)[1] == 0;
    for (LayerSpec& l : m.layers) {
        decl::post_norms(l);
        l.attn.rope.adjacent = adjacent;
        l.dense.fused_gate_up = true;
    }
}

extern const Architecture arch_glm4;
const Architecture arch_glm4{{"glm4"}, declare};

}  // namespace dlgo
