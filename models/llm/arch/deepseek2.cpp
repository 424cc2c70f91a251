// DeepSeek-V2, V2-Lite, V3 and GLM-4.7-Flash: multi-head latent attention.
#include <cmath>

#include "core/base/error.h"
#include "models/llm/spec.h"

namespace dlgo {

static void declare(const Hparams& h, ModelSpec& m) {
    MlaDecl mla;
    mla.q_lora = h.u32_or("attention.q_lora_rank", 0, 0, kMaxWidth);
    mla.kv_lora = h.u32("attention.kv_lora_rank", 1, kMaxHeadDim);
    const uint32_t n_rot = h.u32("rope.dimension_count", 2, kMaxHeadDim);
    // Older files give the uncompressed sizes as key_length and value_length.
    const uint32_t key = h.has("attention.key_length_mla") ? h.u32("attention.key_length_mla", 1, kMaxHeadDim)
                                                           : h.u32("attention.key_length", 1, kMaxHeadDim);
    mla.v_dim = h.has("attention.value_length_mla") ? h.u32("attention.value_length_mla", 1, kMaxHeadDim)
                                                    : h.u32("attention.value_length", 1, kMaxHeadDim);
    if (key <= n_rot) fail(DLGO_ERROR_FORMAT, "%s: key length %u, expected more than the %u rotated values", h.file().path().c_str(), key, n_rot);
    mla.nope = key - n_rot;
    mla.scale = 1 / std::sqrt(static_cast<float>(key));
    if (h.str_or("rope.scaling.type", "none") == "yarn") {
        const float m_scale = 1 + h.f32_or("rope.scaling.yarn_log_multiplier", 0) * std::log(h.f32("rope.scaling.factor"));
        mla.scale *= m_scale * m_scale;
    }
    for (LayerSpec& l : m.layers) {
        l.mixer = Mixer::Mla;
        l.mla = mla;
        l.attn.rope.adjacent = true;
        l.attn.rope.n_rot = n_rot;
        if (l.attn.rope.yarn_factor > 0) l.attn.rope.magnitude = 1;
        l.moe.renormalize = false;
    }
    decl::read_routing(h, m);
    decl::read_shared_expert(h, m);
    decl::leading_dense(h, m);
    for (LayerSpec& l : m.layers) l.moe.select_bias = l.moe.gating == Gating::Sigmoid;
}

extern const Architecture arch_deepseek2;
const Architecture arch_deepseek2{{"deepseek2"}, declare};

}  // namespace dlgo
