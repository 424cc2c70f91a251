// Qwen 1.5, 2, 2.5 and their mixtures of experts.
#include "models/llm/spec.h"

namespace dlgo {

static void declare(const Hparams& h, ModelSpec& m) {
    if (h.arch() != "qwen2moe") return;
    decl::read_shared_expert(h, m);
    for (LayerSpec& l : m.layers) {
        l.moe.renormalize = false;
        l.moe.shared_gate = true;
    }
}

extern const Architecture arch_qwen2;
const Architecture arch_qwen2{{"qwen2", "qwen2moe"}, declare};

}  // namespace dlgo
