#include "models/llm/spec.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/base/error.h"

namespace dlgo {

#define X(name) extern const Architecture arch_##name;
#include "arch_list.inc"
#undef X

static const Architecture* const kArchitectures[] = {
#define X(name) &arch_##name,
#include "arch_list.inc"
#undef X
};

ModelSpec base_spec(const Hparams& h, uint32_t n_ctx) {
    ModelSpec m;
    const uint32_t n_all = h.u32("block_count", 1, kMaxLayers);
    const uint32_t n_mtp = h.u32_or("nextn_predict_layers", 0, 0, n_all - 1);
    m.n_layer = n_all - n_mtp;
    m.n_embd = h.u32("embedding_length", 1, kMaxWidth);
    m.n_ctx_train = h.u32("context_length", 1, kMaxContext);
    m.n_ctx = n_ctx ? n_ctx : m.n_ctx_train;

    const GgufTensor* embedding = h.file().tensor("token_embd.weight");
    if (embedding) {
        if (embedding->dims[1] > (1u << 28)) fail(DLGO_ERROR_FORMAT, "%s: token_embd.weight: absurd vocabulary", h.file().path().c_str());
        m.n_vocab = static_cast<uint32_t>(embedding->dims[1]);
    }

    LayerSpec base;
    if (h.has("attention.layer_norm_rms_epsilon")) {
        base.eps = h.f32("attention.layer_norm_rms_epsilon");
    } else {
        base.eps = h.f32_or("attention.layer_norm_epsilon", 1e-5f);
    }
    if (!(base.eps >= 0 && base.eps < 1)) fail(DLGO_ERROR_FORMAT, "%s: norm epsilon %g out of range", h.file().path().c_str(), base.eps);
    m.layers.assign(m.n_layer, base);

    std::vector<uint32_t> heads(m.n_layer, 1), heads_kv;
    if (h.has("attention.head_count")) heads = h.per_layer("attention.head_count", m.n_layer, 0, kMaxHeads);
    heads_kv = h.has("attention.head_count_kv") ? h.per_layer("attention.head_count_kv", m.n_layer, 0, kMaxHeads) : heads;
    std::vector<uint32_t> n_ff(m.n_layer, 0);
    if (h.has("feed_forward_length")) n_ff = h.per_layer("feed_forward_length", m.n_layer, 0, kMaxWidth);

    const uint32_t widest = *std::max_element(heads.begin(), heads.end());
    if (widest == 0) fail(DLGO_ERROR_FORMAT, "%s: %s.attention.head_count is 0", h.file().path().c_str(), h.arch().c_str());
    uint32_t head_dim = 0;
    if (h.has("attention.key_length")) {
        head_dim = h.u32("attention.key_length", 1, kMaxHeadDim);
    } else {
        if (m.n_embd % widest != 0) {
            fail(DLGO_ERROR_FORMAT, "%s: embedding_length %u is not a multiple of head_count %u", h.file().path().c_str(), m.n_embd, widest);
        }
        head_dim = m.n_embd / widest;
    }
    const uint32_t v_dim = h.u32_or("attention.value_length", head_dim, 1, kMaxHeadDim);
    const uint32_t n_rot = h.u32_or("rope.dimension_count", head_dim, 0, kMaxHeadDim);
    const std::string scaling = h.str_or("rope.scaling.type", "none");

    for (uint32_t i = 0; i < m.n_layer; ++i) {
        LayerSpec& l = m.layers[i];
        l.dense.n_ff = n_ff[i];
        AttentionDecl& a = l.attn;
        a.n_head = heads[i];
        a.n_head_kv = heads_kv[i];
        a.head_dim = head_dim;
        a.v_dim = v_dim;
        a.rope.n_rot = n_rot & ~1u;
        a.rope.base = h.f32_or("rope.freq_base", 10000);
        if (!(a.rope.base > 0)) fail(DLGO_ERROR_FORMAT, "%s: rope.freq_base %g", h.file().path().c_str(), a.rope.base);
        a.rope.original_context = h.u32_or("rope.scaling.original_context_length", m.n_ctx_train, 1, kMaxContext);
        if (scaling == "linear") a.rope.linear = h.f32_or("rope.scaling.factor", 1);
        decl::yarn(h, a.rope, 0);
        if (h.has("expert_count") && h.u32("expert_count", 0, kMaxExperts) > 0) {
            l.ffn = Ffn::Moe;
            l.moe.n_expert = h.u32("expert_count", 1, kMaxExperts);
            l.moe.n_used = h.u32("expert_used_count", 1, l.moe.n_expert);
            l.moe.n_ff = n_ff[i];
        }
    }
    if (h.has("expert_feed_forward_length")) {
        const std::vector<uint32_t> widths = h.per_layer("expert_feed_forward_length", m.n_layer, 0, kMaxWidth);
        for (uint32_t i = 0; i < m.n_layer; ++i) m.layers[i].moe.n_ff = widths[i];
    }
    return m;
}

ModelSpec declare_model(const Hparams& h, uint32_t n_ctx) {
    for (const Architecture* a : kArchitectures) {
        for (const char* name : a->names) {
            if (h.arch() != name) continue;
            ModelSpec m = base_spec(h, n_ctx);
            a->declare(h, m);
            return m;
        }
    }
    fail(DLGO_ERROR_UNSUPPORTED, "%s: architecture '%s' is not supported", h.file().path().c_str(), h.arch().c_str());
}

std::vector<std::string> architecture_names() {
    std::vector<std::string> out;
    for (const Architecture* a : kArchitectures) out.insert(out.end(), a->names.begin(), a->names.end());
    std::sort(out.begin(), out.end());
    return out;
}

namespace decl {

void read_window(const Hparams& h, ModelSpec& m, bool (*windowed)(uint32_t layer)) {
    const uint32_t window = h.u32_or("attention.sliding_window", 0, 0, kMaxContext);
    for (uint32_t i = 0; i < m.n_layer; ++i) m.layers[i].attn.window = windowed(i) ? window : 0;
}

void read_shared_expert(const Hparams& h, ModelSpec& m) {
    const uint32_t count = h.u32_or("expert_shared_count", 1, 0, 64);
    for (LayerSpec& l : m.layers) {
        l.moe.n_ff_shared = h.u32_or("expert_shared_feed_forward_length", l.moe.n_ff * count, 0, kMaxWidth);
    }
}

void read_routing(const Hparams& h, ModelSpec& m) {
    for (LayerSpec& l : m.layers) {
        MoeDecl& e = l.moe;
        switch (h.u32_or("expert_gating_func", e.gating == Gating::Sigmoid ? 2 : 1, 0, 16)) {
            case 0:
            case 1: e.gating = Gating::Softmax; break;
            case 2: e.gating = Gating::Sigmoid; break;
            case 3: e.gating = Gating::SoftmaxOfChosen; break;
            default: fail(DLGO_ERROR_UNSUPPORTED, "%s: unknown expert_gating_func", h.file().path().c_str());
        }
        e.renormalize = h.flag_or("expert_weights_norm", e.renormalize);
        const float scale = h.f32_or("expert_weights_scale", 1);
        e.scale = scale == 0 ? 1 : scale;
        e.n_group = h.u32_or("expert_group_count", 1, 0, kMaxExperts);
        e.n_group_used = h.u32_or("expert_group_used_count", e.n_group, 0, kMaxExperts);
        if (e.n_group < 1) e.n_group = 1;
        if (e.n_group_used < 1 || e.n_group == 1) e.n_group_used = e.n_group;
        if (e.n_expert % e.n_group != 0 || e.n_group_used > e.n_group || uint64_t{e.n_expert / e.n_group} * e.n_group_used < e.n_used) {
            fail(DLGO_ERROR_FORMAT, "%s: %u of %u experts in %u of %u groups", h.file().path().c_str(), e.n_used, e.n_expert, e.n_group_used,
                 e.n_group);
        }
    }
}

void leading_dense(const Hparams& h, ModelSpec& m) {
    const uint32_t n = h.u32_or("leading_dense_block_count", 0, 0, kMaxLayers);
    for (uint32_t i = 0; i < n && i < m.n_layer; ++i) m.layers[i].ffn = Ffn::Dense;
}

void yarn(const Hparams& h, RopeDecl& rope, float magnitude) {
    if (h.str_or("rope.scaling.type", "none") != "yarn") return;
    rope.yarn_factor = h.f32("rope.scaling.factor");
    if (!(rope.yarn_factor >= 1)) fail(DLGO_ERROR_FORMAT, "%s: rope.scaling.factor %g, expected >= 1", h.file().path().c_str(), rope.yarn_factor);
    rope.yarn_beta_fast = h.f32_or("rope.scaling.yarn_beta_fast", 32);
    rope.yarn_beta_slow = h.f32_or("rope.scaling.yarn_beta_slow", 1);
    rope.magnitude = magnitude > 0 ? magnitude : 1 + 0.1f * std::log(rope.yarn_factor);
    rope.magnitude *= h.f32_or("rope.scaling.attn_factor", 1);
}

}  // namespace decl

}  // namespace dlgo
