// Qwen 3, dense and mixture of experts.
#include "models/llm/spec.h"

namespace dlgo {

static void declare(const Hparams&, ModelSpec& m) {
    for (LayerSpec& l : m.layers) l.attn.qk_norm = QkNorm::Head;
}

extern const Architecture arch_qwen3;
const Architecture arch_qwen3{{"qwen3", "qwen3moe"}, declare};

}  // namespace dlgo
