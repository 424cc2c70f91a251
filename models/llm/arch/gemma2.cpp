// Gemma 2: norms before and after both parts, soft caps, windows in every other layer.
#include <cmath>

#include "models/llm/spec.h"

namespace dlgo {

static void declare(const Hparams& h, ModelSpec& m) {
    m.embedding_scale = std::sqrt(static_cast<float>(m.n_embd));
    m.logit_softcap = h.f32_or("final_logit_softcapping", 30);
    decl::read_window(h, m, [](uint32_t i) { return i % 2 == 0; });
    for (LayerSpec& l : m.layers) {
        decl::post_norms(l);
        l.attn.softcap = h.f32_or("attn_logit_softcapping", 50);
        // The 27B model scales by its width per head, not by the head size (Gemma 2 report, section 2).
        if (m.n_layer == 46) l.attn.scale = 1 / std::sqrt(static_cast<float>(m.n_embd) / static_cast<float>(l.attn.n_head));
        l.dense.act = Activation::Gelu;
    }
}

extern const Architecture arch_gemma2;
const Architecture arch_gemma2{{"gemma2"}, declare};

}  // namespace dlgo
