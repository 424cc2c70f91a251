// Gemma 4: two head sizes, keys shared between layers, per-layer embeddings, optionally experts beside the dense part.
#include <cmath>

#include "core/base/error.h"
#include "models/llm/spec.h"

namespace dlgo {

static void declare(const Hparams& h, ModelSpec& m) {
    m.embedding_scale = std::sqrt(static_cast<float>(m.n_embd));
    m.logit_softcap = h.f32_or("final_logit_softcapping", 0);
    m.n_per_layer = h.u32_or("embedding_length_per_layer_input", 0, 0, kMaxWidth);
    const std::vector<bool> windowed = h.flags("attention.sliding_window_pattern", m.n_layer);
    const uint32_t window = h.u32("attention.sliding_window", 1, kMaxContext);
    const uint32_t n_shared = h.u32_or("attention.shared_kv_layers", 0, 0, m.n_layer - 1);
    const uint32_t n_own = m.n_layer - n_shared;
    int32_t last[2] = {-1, -1};  // last layer with keys of its own: full, windowed
    for (uint32_t i = 0; i < m.n_layer; ++i) {
        LayerSpec& l = m.layers[i];
        AttentionDecl& a = l.attn;
        decl::post_norms(l);
        a.scale = 1;
        a.qk_norm = QkNorm::Head;
        a.v_norm = true;
        a.v_is_k_if_absent = true;
        if (windowed[i]) {
            a.window = window;
            a.head_dim = h.u32("attention.key_length_swa", 1, kMaxHeadDim);
            a.v_dim = h.u32("attention.value_length_swa", 1, kMaxHeadDim);
            a.rope.n_rot = h.u32_or("rope.dimension_count_swa", a.head_dim, 0, kMaxHeadDim) & ~1u;
            a.rope.base = h.f32_or("rope.freq_base_swa", 10000);
        } else {
            a.rope.factors = "rope_freqs.weight";
            a.rope.factors_required = true;
        }
        if (i < n_own) {
            last[windowed[i]] = static_cast<int32_t>(i);
        } else {
            a.kv_of_layer = last[windowed[i]];
            if (a.kv_of_layer < 0) fail(DLGO_ERROR_FORMAT, "%s: layer %u has no earlier layer to share keys with", h.file().path().c_str(), i);
        }
        l.dense.act = Activation::Gelu;
        l.moe.act = Activation::Gelu;
        l.moe.router_scale = "ffn_gate_inp.scale";
        if (l.ffn == Ffn::Moe) l.ffn = Ffn::DenseAndMoe;
    }
}

extern const Architecture arch_gemma4;
const Architecture arch_gemma4{{"gemma4"}, declare};

}  // namespace dlgo
