// SmolLM3: llama without rope in every fourth layer (NoPE).
#include "models/llm/spec.h"

namespace dlgo {

static void declare(const Hparams&, ModelSpec& m) {
    for (uint32_t i = 0; i < m.n_layer; ++i) {
        m.layers[i].attn.rope.adjacent = true;
        m.layers[i].attn.rope.enabled = (i + 1) % 4 != 0;
    }
}

extern const Architecture arch_smollm3;
const Architecture arch_smollm3{{"smollm3"}, declare};

}  // namespace dlgo
