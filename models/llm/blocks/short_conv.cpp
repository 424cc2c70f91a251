#include "models/llm/blocks/blocks.h"

namespace dlgo {

Branch short_conv(Builder& b) {
    const LayerSpec& l = b.l();
    const uint32_t n = b.spec.n_embd;
    const View bcx = b.buffer("conv_in", 3 * n);
    Linear in;
    in.in = b.x;
    in.n_in = n;
    in.norm = b.norm(l.attn_norm, n);
    in.n_mats = 1;
    in.mats[0] = b.mat("shortconv.in_proj", n, 3 * n);
    in.out[0] = bcx;
    b.add(in, Role::Attention, "conv_in");

    StateSpec state;
    state.kind = StateKind::Recurrent;
    state.n_values = (l.conv.kernel - 1) * n;
    Conv conv;
    conv.pre = bcx;
    conv.post = View{bcx.buffer, n};
    conv.in = View{bcx.buffer, 2 * n};
    conv.out = b.buffer("conv_out", n);
    conv.n = n;
    conv.kernel = l.conv.kernel;
    conv.weight = b.param("shortconv.conv", uint64_t{n} * l.conv.kernel);
    conv.state = b.state(state);
    b.add(conv, Role::Attention, "conv");
    return {conv.out, n, b.mat("shortconv.out_proj", n, n), "conv_out"};
}

}  // namespace dlgo
