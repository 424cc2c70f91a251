// Command R7B and Command A: parallel attention and feed-forward, every fourth layer without window and without rope.
#include "models/llm/spec.h"

namespace dlgo {

static void declare(const Hparams& h, ModelSpec& m) {
    m.logit_scale = h.f32("logit_scale");
    decl::read_window(h, m, [](uint32_t i) { return (i + 1) % 4 != 0; });
    for (uint32_t i = 0; i < m.n_layer; ++i) {
        LayerSpec& l = m.layers[i];
        l.norm = NormKind::Layer;
        l.parallel = true;
        l.ffn_norm = "attn_norm";
        l.attn.rope.adjacent = true;
        l.attn.rope.enabled = (i + 1) % 4 != 0;
    }
}

extern const Architecture arch_cohere2;
const Architecture arch_cohere2{{"cohere2"}, declare};

}  // namespace dlgo
