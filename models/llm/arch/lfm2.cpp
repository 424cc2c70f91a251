// LFM2: short gated convolutions; layers with key heads are attention.
#include "models/llm/spec.h"

namespace dlgo {

static void declare(const Hparams& h, ModelSpec& m) {
    m.final_norm = "token_embd_norm";
    for (LayerSpec& l : m.layers) {
        l.attn.qk_norm = QkNorm::Head;
        l.conv.kernel = h.u32("shortconv.l_cache", 1, 64);
        if (l.attn.n_head_kv == 0) l.mixer = Mixer::ShortConv;
    }
}

extern const Architecture arch_lfm2;
const Architecture arch_lfm2{{"lfm2"}, declare};

}  // namespace dlgo
