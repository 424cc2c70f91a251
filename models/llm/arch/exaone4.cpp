// EXAONE 4: norms only after each part, q and k normed per head. The large model has windows, and no rope in the layers without.
#include "models/llm/spec.h"

namespace dlgo {

static void declare(const Hparams& h, ModelSpec& m) {
    decl::read_window(h, m, [](uint32_t i) { return (i + 1) % 4 != 0; });
    const bool windows = h.u32_or("attention.sliding_window", 0, 0, kMaxContext) > 0;
    for (LayerSpec& l : m.layers) {
        l.attn_norm = nullptr;
        l.ffn_norm = nullptr;
        decl::post_norms(l);
        l.attn.qk_norm = QkNorm::Head;
        l.attn.rope.factors = "rope_freqs.weight";
        l.attn.rope.enabled = !windows || l.attn.window > 0;
    }
}

extern const Architecture arch_exaone4;
const Architecture arch_exaone4{{"exaone4"}, declare};

}  // namespace dlgo
