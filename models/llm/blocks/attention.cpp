#include <cmath>

#include "core/base/error.h"
#include "models/llm/blocks/blocks.h"

namespace dlgo {

// State of the layer whose keys this layer attends to.
static uint16_t kv_state(Builder& b, const AttentionDecl& a) {
    if (a.kv_of_layer < 0) {
        StateSpec s;
        s.kind = StateKind::Kv;
        s.n_head = a.n_head_kv;
        s.k_dim = a.head_dim;
        s.v_dim = a.v_dim;
        s.window = a.window;
        return b.state(s);
    }
    for (size_t i = 0; i < b.plan.states.size(); ++i) {
        const StateSpec& s = b.plan.states[i];
        if (s.kind == StateKind::Kv && s.layer == a.kv_of_layer) {
            if (s.n_head != a.n_head_kv || s.k_dim != a.head_dim || s.v_dim != a.v_dim || s.window != a.window) break;
            return static_cast<uint16_t>(i);
        }
    }
    fail(DLGO_ERROR_FORMAT, "%s: layer %u cannot share the keys of layer %d", b.path().c_str(), b.layer, a.kv_of_layer);
}

static void qk_norms(Builder& b, const AttentionDecl& a, Attend& at) {
    const bool own = a.kv_of_layer < 0;
    const bool all = a.qk_norm == QkNorm::All;
    if (a.qk_norm == QkNorm::None || (a.qk_norm == QkNorm::HeadIfPresent && !b.has("attn_q_norm"))) return;
    at.norm_all = all;
    at.q_norm = b.rms(b.param("attn_q_norm", all ? uint64_t{a.n_head} * a.head_dim : a.head_dim));
    if (own) at.k_norm = b.rms(b.param("attn_k_norm", all ? uint64_t{a.n_head_kv} * a.head_dim : a.head_dim));
}

Branch attention(Builder& b) {
    const LayerSpec& l = b.l();
    const AttentionDecl& a = l.attn;
    if (a.n_head == 0 || a.n_head_kv == 0 || a.n_head % a.n_head_kv != 0) {
        fail(DLGO_ERROR_FORMAT, "%s: layer %u: %u heads cannot share %u key heads", b.path().c_str(), b.layer, a.n_head, a.n_head_kv);
    }
    const uint32_t q_dim = a.n_head * a.head_dim * (a.gated ? 2 : 1), k_dim = a.n_head_kv * a.head_dim, v_dim = a.n_head_kv * a.v_dim;
    const View qkv = b.buffer("qkv", q_dim + k_dim + v_dim);
    const View q = qkv, k{qkv.buffer, q_dim}, v{qkv.buffer, q_dim + k_dim};
    const bool own = a.kv_of_layer < 0;
    const bool v_is_k = own && a.v_is_k_if_absent && !b.has("attn_v") && !b.has("attn_qkv");

    Linear in;
    in.in = b.x;
    in.n_in = b.spec.n_embd;
    in.norm = b.norm(l.attn_norm, b.spec.n_embd);
    const auto project = [&](MatRef mat, View out) {
        in.mats[in.n_mats] = mat;
        in.out[in.n_mats++] = out;
    };
    if (own && b.has("attn_qkv")) {
        project(b.mat("attn_qkv", b.spec.n_embd, q_dim + k_dim + v_dim), qkv);
    } else {
        project(b.mat("attn_q", b.spec.n_embd, q_dim), q);
        if (own) project(b.mat("attn_k", b.spec.n_embd, k_dim), k);
        if (own && !v_is_k) project(b.mat("attn_v", b.spec.n_embd, v_dim), v);
    }
    b.add(in, Role::Attention, "qkv");

    Attend at;
    at.q = q;
    if (own) {
        at.k = k;
        at.v = v_is_k ? k : v;
    }
    at.out = b.buffer("attn", a.n_head * a.v_dim);
    at.n_head = a.n_head;
    at.n_head_kv = a.n_head_kv;
    at.head_dim = a.head_dim;
    at.v_dim = a.v_dim;
    at.q_stride = a.head_dim * (a.gated ? 2 : 1);
    if (a.gated) {
        if (a.v_dim != a.head_dim) fail(DLGO_ERROR_FORMAT, "%s: layer %u: gated attention needs equal key and value sizes", b.path().c_str(), b.layer);
        at.gate = View{q.buffer, q.offset + a.head_dim};
        at.gate_stride = at.q_stride;
    }
    qk_norms(b, a, at);
    if (a.v_norm && own) at.v_norm = b.rms(kNoParam);
    at.rope = b.rope(a.rope, a.head_dim, 0);
    at.scale = a.scale != 0 ? a.scale : 1 / std::sqrt(static_cast<float>(a.head_dim));
    at.softcap = a.softcap;
    if (a.sinks) at.sinks = b.param("attn_sinks", a.n_head);
    at.window = a.window;
    at.temp_scale = a.temp_scale;
    at.temp_length = a.temp_length;
    at.state = kv_state(b, a);
    b.add(at, Role::Attention, "attend");

    return {at.out, a.n_head * a.v_dim, b.mat("attn_output", a.n_head * a.v_dim, b.spec.n_embd), "attn_out"};
}

}  // namespace dlgo
