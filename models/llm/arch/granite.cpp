// Granite 3 and 4 (dense): scales on embedding, residuals, attention and logits.
#include "core/base/error.h"
#include "models/llm/spec.h"

namespace dlgo {

static void declare(const Hparams& h, ModelSpec& m) {
    m.embedding_scale = h.f32_or("embedding_scale", 1);
    const float logit_scale = h.f32_or("logit_scale", 1);
    if (logit_scale == 0) fail(DLGO_ERROR_FORMAT, "%s: granite.logit_scale is 0", h.file().path().c_str());
    m.logit_scale = 1 / logit_scale;
    for (LayerSpec& l : m.layers) {
        l.attn.rope.adjacent = true;
        l.attn.rope.factors = "rope_freqs.weight";
        l.attn.scale = h.f32_or("attention.scale", 0);
        l.residual_scale = h.f32_or("residual_scale", 1);
    }
}

extern const Architecture arch_granite;
const Architecture arch_granite{{"granite"}, declare};

}  // namespace dlgo
