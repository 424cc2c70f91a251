// StarCoder 2: layer norms, no gate in the feed-forward part, biases everywhere.
#include "models/llm/spec.h"

namespace dlgo {

static void declare(const Hparams&, ModelSpec& m) {
    for (LayerSpec& l : m.layers) {
        l.norm = NormKind::Layer;
        l.dense.glu = false;
        l.dense.act = Activation::Gelu;
    }
}

extern const Architecture arch_starcoder2;
const Architecture arch_starcoder2{{"starcoder2"}, declare};

}  // namespace dlgo
