// OLMoE: q and k normed over all heads, experts weighted by their share of the whole softmax.
#include "models/llm/spec.h"

namespace dlgo {

static void declare(const Hparams&, ModelSpec& m) {
    for (LayerSpec& l : m.layers) {
        l.attn.qk_norm = QkNorm::All;
        l.moe.renormalize = false;
    }
}

extern const Architecture arch_olmoe;
const Architecture arch_olmoe{{"olmoe"}, declare};

}  // namespace dlgo
