// Gemma 3 (text): five windowed layers, then a full one.
#include <cmath>

#include "models/llm/spec.h"

namespace dlgo {

static void declare(const Hparams& h, ModelSpec& m) {
    m.embedding_scale = std::sqrt(static_cast<float>(m.n_embd));
    m.logit_softcap = h.f32_or("final_logit_softcapping", 0);
    decl::read_window(h, m, [](uint32_t i) { return (i + 1) % 6 != 0; });
    for (uint32_t i = 0; i < m.n_layer; ++i) {
        LayerSpec& l = m.layers[i];
        decl::post_norms(l);
        l.attn.qk_norm = QkNorm::Head;
        if (m.n_layer == 62) l.attn.scale = 1 / std::sqrt(static_cast<float>(m.n_embd) / static_cast<float>(l.attn.n_head));
        if ((i + 1) % 6 != 0) {  // frequencies of windowed layers are neither raised nor scaled
            l.attn.rope.base = h.f32_or("rope.freq_base_swa", 10000);
            l.attn.rope.linear = 1;
        }
        l.dense.act = Activation::Gelu;
    }
}

extern const Architecture arch_gemma3;
const Architecture arch_gemma3{{"gemma3"}, declare};

}  // namespace dlgo
