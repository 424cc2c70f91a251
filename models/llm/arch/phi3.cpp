// Phi 3, 3.5 and 4: fused projections, long and short rope factors.
#include "models/llm/spec.h"

namespace dlgo {

static void declare(const Hparams& h, ModelSpec& m) {
    for (LayerSpec& l : m.layers) {
        RopeDecl& r = l.attn.rope;
        r.factors = m.n_ctx > r.original_context ? "rope_factors_long.weight" : "rope_factors_short.weight";
        r.magnitude = h.f32_or("rope.scaling.attn_factor", 1);
        l.dense.fused_gate_up = true;
    }
}

extern const Architecture arch_phi3;
const Architecture arch_phi3{{"phi3"}, declare};

}  // namespace dlgo
