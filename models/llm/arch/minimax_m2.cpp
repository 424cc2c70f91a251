// MiniMax-M2: q and k normed over all heads, partial rope, sigmoid routing with a bias on the choice.
#include "models/llm/spec.h"

namespace dlgo {

static void declare(const Hparams& h, ModelSpec& m) {
    for (LayerSpec& l : m.layers) {
        l.attn.qk_norm = QkNorm::All;
        l.moe.gating = Gating::Sigmoid;
        l.moe.select_bias = true;
    }
    decl::read_routing(h, m);
}

extern const Architecture arch_minimax_m2;
const Architecture arch_minimax_m2{{"minimax-m2"}, declare};

}  // namespace dlgo
