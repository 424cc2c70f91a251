// Ministral 3: YaRN and a query scale that grows with the position.
#include <cmath>

#include "models/llm/spec.h"

namespace dlgo {

static void declare(const Hparams& h, ModelSpec& m) {
    const float log_multiplier = h.f32_or("rope.scaling.yarn_log_multiplier", 0);
    for (LayerSpec& l : m.layers) {
        RopeDecl& r = l.attn.rope;
        r.adjacent = true;
        r.factors = "rope_freqs.weight";
        if (r.yarn_factor > 0 && log_multiplier != 0) {
            const float f = std::log(r.yarn_factor);
            decl::yarn(h, r, (1 + 0.1f * f) / (1 + 0.1f * log_multiplier * f));
        }
        l.attn.temp_scale = h.f32_or("attention.temperature_scale", 0);
        l.attn.temp_length = r.original_context;
    }
}

extern const Architecture arch_mistral3;
const Architecture arch_mistral3{{"mistral3"}, declare};

}  // namespace dlgo
