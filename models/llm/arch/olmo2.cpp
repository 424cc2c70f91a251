// OLMo 2 and 3: norms only after each part, q and k normed over all heads. OLMo 3 has windows, and YaRN only in the layers without.
#include "models/llm/spec.h"

namespace dlgo {

static void declare(const Hparams& h, ModelSpec& m) {
    decl::read_window(h, m, [](uint32_t i) { return (i + 1) % 4 != 0; });
    for (LayerSpec& l : m.layers) {
        l.attn_norm = nullptr;
        l.ffn_norm = nullptr;
        decl::post_norms(l);
        l.attn.qk_norm = QkNorm::All;
        if (l.attn.window > 0) {
            l.attn.rope.yarn_factor = 0;
            l.attn.rope.magnitude = 1;
        }
    }
}

extern const Architecture arch_olmo2;
const Architecture arch_olmo2{{"olmo2"}, declare};

}  // namespace dlgo
