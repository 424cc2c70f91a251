#include "models/llm/blocks/blocks.h"

namespace dlgo {

// Older files of Qwen3-Next: ssm_in has, per k head, its rows of q, k, v and z.
static void split_by_role(Builder& b, MatRef* mats) {
    const DeltaDecl& d = b.l().delta;
    const uint32_t v_rows = d.n_v / d.n_k * d.d_state, per_head = 2 * d.d_state + 2 * v_rows;
    const MatRef all = b.mat("ssm_in", b.spec.n_embd, d.n_k * per_head);
    std::vector<Builder::RowRun> qkv, z;
    const auto part = [&](std::vector<Builder::RowRun>& out, uint32_t offset, uint32_t n) {
        for (uint32_t h = 0; h < d.n_k; ++h) out.push_back({h * per_head + offset, n});
    };
    part(qkv, 0, d.d_state);
    part(qkv, d.d_state, d.d_state);
    part(qkv, 2 * d.d_state, v_rows);
    part(z, 2 * d.d_state + v_rows, v_rows);
    mats[0] = b.gathered("attn_qkv", all, qkv);
    mats[1] = b.gathered("attn_gate", all, z);
}

Branch delta_net(Builder& b) {
    const LayerSpec& l = b.l();
    const DeltaDecl& d = l.delta;
    const uint32_t k_dim = d.n_k * d.d_state, v_dim = d.n_v * d.d_state, n_conv = 2 * k_dim + v_dim;
    const View qkv = b.buffer("delta_qkv", n_conv), z = b.buffer("delta_z", v_dim), ba = b.buffer("delta_ba", 2 * d.n_v);
    Linear in;
    in.in = b.x;
    in.n_in = b.spec.n_embd;
    in.norm = b.norm(l.attn_norm, b.spec.n_embd);
    in.out[0] = qkv;
    in.out[1] = z;
    if (b.has("ssm_in")) {
        split_by_role(b, in.mats);
    } else {
        in.mats[0] = b.mat("attn_qkv", b.spec.n_embd, n_conv);
        in.mats[1] = b.mat("attn_gate", b.spec.n_embd, v_dim);
    }
    in.n_mats = 3;
    if (d.fused_ba) {
        in.mats[2] = b.mat("ssm_ba", b.spec.n_embd, 2 * d.n_v);
        in.out[2] = ba;
    } else {
        in.mats[2] = b.mat("ssm_beta", b.spec.n_embd, d.n_v);
        in.out[2] = ba;
        in.mats[3] = b.mat("ssm_alpha", b.spec.n_embd, d.n_v);
        in.out[3] = View{ba.buffer, d.n_v};
        in.n_mats = 4;
    }
    b.add(in, Role::Attention, "qkv");

    StateSpec conv_state;
    conv_state.kind = StateKind::Recurrent;
    conv_state.n_values = (d.kernel - 1) * n_conv;
    Conv conv;
    conv.in = qkv;
    conv.out = b.buffer("delta_conv", n_conv);
    conv.n = n_conv;
    conv.kernel = d.kernel;
    conv.weight = b.param("ssm_conv1d", uint64_t{n_conv} * d.kernel);
    conv.act = Activation::Silu;
    conv.state = b.state(conv_state);
    b.add(conv, Role::Attention, "conv");

    StateSpec scan_state;
    scan_state.kind = StateKind::Recurrent;
    scan_state.n_values = d.n_v * d.d_state * d.d_state;
    const uint32_t per_k = d.n_v / d.n_k;
    DeltaNet scan;
    scan.q = conv.out;
    scan.k = View{conv.out.buffer, k_dim};
    scan.v = View{conv.out.buffer, 2 * k_dim};
    scan.beta = ba;
    scan.alpha = View{ba.buffer, d.fused_ba ? per_k : d.n_v};
    scan.out = b.buffer("delta_out", v_dim);
    scan.n_k = d.n_k;
    scan.n_v = d.n_v;
    scan.d_k = scan.d_v = d.d_state;
    scan.ab_group = d.fused_ba ? per_k : d.n_v;
    scan.ab_stride = 2 * scan.ab_group;
    scan.k_by_modulo = d.k_by_modulo;
    scan.eps = l.eps;
    scan.a = b.param("ssm_a", d.n_v);
    scan.dt = b.param("ssm_dt.bias", d.n_v);
    scan.state = b.state(scan_state);
    b.add(scan, Role::Attention, "delta");

    Norm norm;
    norm.in = norm.out = scan.out;
    norm.n = v_dim;
    norm.group = d.d_state;
    norm.norm = b.rms(b.param("ssm_norm", d.d_state));
    norm.gate = z;
    b.add(norm, Role::Attention, "delta_norm");
    return {norm.out, v_dim, b.mat("ssm_out", v_dim, b.spec.n_embd), "delta_out"};
}

}  // namespace dlgo
