// Llama 1-3, Mistral, Mixtral, SmolLM2 and other models that are published as "llama".
#include "models/llm/spec.h"

namespace dlgo {

static void declare(const Hparams&, ModelSpec& m) {
    for (LayerSpec& l : m.layers) {
        l.attn.rope.adjacent = true;
        l.attn.rope.factors = "rope_freqs.weight";
        l.moe.n_ff = l.dense.n_ff;  // Mixtral's files have no width of their own for experts
    }
}

extern const Architecture arch_llama;
const Architecture arch_llama{{"llama"}, declare};

}  // namespace dlgo
