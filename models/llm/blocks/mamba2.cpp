#include "models/llm/blocks/blocks.h"

namespace dlgo {

Branch mamba2(Builder& b) {
    const LayerSpec& l = b.l();
    const Mamba2Decl& m = l.mamba;
    const uint32_t bc = m.n_group * m.d_state, n_conv = m.d_inner + 2 * bc, n_in = m.d_inner + n_conv + m.n_head;
    const View zxbcdt = b.buffer("mamba_in", n_in);

    Linear in;
    in.in = b.x;
    in.n_in = b.spec.n_embd;
    in.norm = b.norm(l.attn_norm, b.spec.n_embd);
    in.n_mats = 1;
    in.mats[0] = b.mat("ssm_in", b.spec.n_embd, n_in);
    in.out[0] = zxbcdt;
    b.add(in, Role::Attention, "ssm_in");

    StateSpec conv_state;
    conv_state.kind = StateKind::Recurrent;
    conv_state.n_values = (m.kernel - 1) * n_conv;
    Conv conv;
    conv.in = View{zxbcdt.buffer, m.d_inner};
    conv.out = b.buffer("mamba_conv", n_conv);
    conv.n = n_conv;
    conv.kernel = m.kernel;
    conv.weight = b.param("ssm_conv1d", uint64_t{n_conv} * m.kernel);
    conv.bias = b.param_if("ssm_conv1d.bias", n_conv);
    conv.act = Activation::Silu;
    conv.state = b.state(conv_state);
    b.add(conv, Role::Attention, "conv");

    StateSpec scan_state;
    scan_state.kind = StateKind::Recurrent;
    scan_state.n_values = m.d_inner * m.d_state;
    Mamba2 scan;
    scan.x = conv.out;
    scan.b = View{conv.out.buffer, m.d_inner};
    scan.c = View{conv.out.buffer, m.d_inner + bc};
    scan.dt = View{zxbcdt.buffer, m.d_inner + n_conv};
    scan.out = b.buffer("mamba_out", m.d_inner);
    scan.n_head = m.n_head;
    scan.d_head = m.d_inner / m.n_head;
    scan.n_group = m.n_group;
    scan.d_state = m.d_state;
    scan.a = b.param("ssm_a", m.n_head);
    scan.dt_bias = b.param("ssm_dt.bias", m.n_head);
    scan.d = b.param("ssm_d", m.n_head);
    scan.state = b.state(scan_state);
    b.add(scan, Role::Attention, "mamba");

    Norm norm;
    norm.in = norm.out = scan.out;
    norm.n = m.d_inner;
    norm.group = m.d_inner / m.n_group;
    norm.norm = b.rms(b.param("ssm_norm", m.d_inner));
    norm.gate = zxbcdt;
    norm.gate_first = true;
    b.add(norm, Role::Attention, "mamba_norm");
    return {norm.out, m.d_inner, b.mat("ssm_out", m.d_inner, b.spec.n_embd), "mamba_out"};
}

}  // namespace dlgo
