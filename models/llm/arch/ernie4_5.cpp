// ERNIE 4.5 (text), dense and mixture of experts: a bias on the choice of experts, shared experts without a gate.
#include "models/llm/spec.h"

namespace dlgo {

static void declare(const Hparams& h, ModelSpec& m) {
    for (LayerSpec& l : m.layers) l.attn.rope.adjacent = true;
    if (h.arch() != "ernie4_5-moe") return;
    for (LayerSpec& l : m.layers) l.moe.select_bias = true;
    decl::read_shared_expert(h, m);
    decl::leading_dense(h, m);
    const uint32_t step = h.u32_or("interleave_moe_layer_step", 1, 1, kMaxLayers);
    for (uint32_t i = 0; i < m.n_layer; ++i) {
        if ((i + 1) % step != 0) m.layers[i].ffn = Ffn::Dense;
    }
}

extern const Architecture arch_ernie4_5;
const Architecture arch_ernie4_5{{"ernie4_5", "ernie4_5-moe"}, declare};

}  // namespace dlgo
