// gpt-oss: attention sinks, windows in every other layer, biases everywhere, clamped SwiGLU.
#include "models/llm/spec.h"

namespace dlgo {

static void declare(const Hparams& h, ModelSpec& m) {
    decl::read_window(h, m, [](uint32_t i) { return i % 2 == 0; });
    for (LayerSpec& l : m.layers) {
        l.ffn_norm = "post_attention_norm";
        l.attn.sinks = true;
        l.moe.gating = Gating::SoftmaxOfChosen;
        l.moe.renormalize = false;
        l.moe.act = Activation::SwigluOai;
    }
}

extern const Architecture arch_gpt_oss;
const Architecture arch_gpt_oss{{"gpt-oss"}, declare};

}  // namespace dlgo
