// GLM-4.5 and 4.6: partial rope, sigmoid routing with a bias on the choice, a shared expert.
#include "models/llm/spec.h"

namespace dlgo {

static void declare(const Hparams& h, ModelSpec& m) {
    for (LayerSpec& l : m.layers) {
        l.ffn_norm = "post_attention_norm";
        l.attn.qk_norm = QkNorm::HeadIfPresent;
        l.moe.gating = Gating::Sigmoid;
        l.moe.select_bias = true;
    }
    decl::read_routing(h, m);
    decl::read_shared_expert(h, m);
    decl::leading_dense(h, m);
}

extern const Architecture arch_glm4moe;
const Architecture arch_glm4moe{{"glm4moe"}, declare};

}  // namespace dlgo
