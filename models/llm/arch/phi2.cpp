// Phi-1, 1.5 and 2: parallel attention and feed-forward from one layer norm, biases everywhere.
#include "models/llm/spec.h"

namespace dlgo {

static void declare(const Hparams&, ModelSpec& m) {
    for (LayerSpec& l : m.layers) {
        l.norm = NormKind::Layer;
        l.parallel = true;
        l.ffn_norm = "attn_norm";
        l.dense.glu = false;
        l.dense.act = Activation::Gelu;
    }
}

extern const Architecture arch_phi2;
const Architecture arch_phi2{{"phi2"}, declare};

}  // namespace dlgo
