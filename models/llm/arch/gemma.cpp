// Gemma 1 and CodeGemma: scaled embeddings, GELU in the gate.
#include <cmath>

#include "models/llm/spec.h"

namespace dlgo {

static void declare(const Hparams&, ModelSpec& m) {
    m.embedding_scale = std::sqrt(static_cast<float>(m.n_embd));
    for (LayerSpec& l : m.layers) l.dense.act = Activation::Gelu;
}

extern const Architecture arch_gemma;
const Architecture arch_gemma{{"gemma"}, declare};

}  // namespace dlgo
