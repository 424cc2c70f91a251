// Qwen3-Next and Qwen 3.5: gated delta nets with a gated attention layer every so often.
#include "core/base/error.h"
#include "models/llm/spec.h"

namespace dlgo {

static void declare(const Hparams& h, ModelSpec& m) {
    const bool next = h.arch() == "qwen3next";
    const uint32_t interval = h.u32_or("full_attention_interval", 4, 1, kMaxLayers);
    DeltaDecl delta;
    delta.n_k = h.u32("ssm.group_count", 1, kMaxHeads);
    delta.n_v = h.u32("ssm.time_step_rank", 1, kMaxHeads);
    delta.d_state = h.u32("ssm.state_size", 1, kMaxHeadDim);
    delta.kernel = h.u32("ssm.conv_kernel", 1, 64);
    delta.fused_ba = next;
    delta.k_by_modulo = !next;
    if (delta.n_v % delta.n_k != 0) {
        fail(DLGO_ERROR_FORMAT, "%s: %u value heads for %u key heads", h.file().path().c_str(), delta.n_v, delta.n_k);
    }
    std::vector<uint32_t> sections;
    if (!next && h.has("rope.dimension_sections")) sections = h.per_layer("rope.dimension_sections", 3, 0, kMaxHeadDim);
    decl::read_shared_expert(h, m);
    for (uint32_t i = 0; i < m.n_layer; ++i) {
        LayerSpec& l = m.layers[i];
        l.ffn_norm = "post_attention_norm";
        l.attn.qk_norm = QkNorm::Head;
        l.attn.gated = true;
        l.attn.rope.sections = sections;
        l.delta = delta;
        l.moe.shared_gate = true;
        if ((i + 1) % interval != 0) l.mixer = Mixer::DeltaNet;
    }
}

extern const Architecture arch_qwen3_hybrid;
const Architecture arch_qwen3_hybrid{{"qwen3next", "qwen35", "qwen35moe"}, declare};

}  // namespace dlgo
