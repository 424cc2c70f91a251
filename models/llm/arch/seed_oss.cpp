// Seed-OSS: biases of q, k and v.
#include "models/llm/spec.h"

namespace dlgo {

static void declare(const Hparams&, ModelSpec& m) {
    for (LayerSpec& l : m.layers) l.ffn_norm = "post_attention_norm";
}

extern const Architecture arch_seed_oss;
const Architecture arch_seed_oss{{"seed_oss"}, declare};

}  // namespace dlgo
