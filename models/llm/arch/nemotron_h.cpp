// Nemotron-H: every layer is one of Mamba-2, attention (no rope) or feed-forward with squared ReLU.
#include "core/base/error.h"
#include "models/llm/spec.h"

namespace dlgo {

static void declare(const Hparams& h, ModelSpec& m) {
    const bool moe = h.arch() == "nemotron_h_moe";
    Mamba2Decl mamba;
    mamba.d_inner = h.u32("ssm.inner_size", 1, kMaxWidth);
    mamba.d_state = h.u32("ssm.state_size", 1, kMaxHeadDim);
    mamba.n_head = h.u32("ssm.time_step_rank", 1, kMaxHeads);
    mamba.n_group = h.u32("ssm.group_count", 1, kMaxHeads);
    mamba.kernel = h.u32("ssm.conv_kernel", 1, 64);
    if (mamba.d_inner % mamba.n_head != 0 || mamba.n_head % mamba.n_group != 0) {
        fail(DLGO_ERROR_FORMAT, "%s: ssm.inner_size %u, time_step_rank %u and group_count %u do not divide", h.file().path().c_str(),
             mamba.d_inner, mamba.n_head, mamba.n_group);
    }
    for (LayerSpec& l : m.layers) {
        l.mamba = mamba;
        l.attn.rope.enabled = false;
        l.ffn_norm = "attn_norm";
        l.dense.glu = l.moe.glu = false;
        l.dense.act = l.moe.act = Activation::Relu2;
        l.moe.gating = Gating::Sigmoid;
        l.moe.select_bias = true;
        l.moe.n_latent = h.u32_or("moe_latent_size", 0, 0, kMaxWidth);
        l.mixer = l.attn.n_head_kv > 0 ? Mixer::Attention : l.dense.n_ff > 0 ? Mixer::None : Mixer::Mamba2;
        l.ffn = l.mixer != Mixer::None ? Ffn::None : moe ? Ffn::Moe : Ffn::Dense;
    }
    if (moe) {
        decl::read_routing(h, m);
        decl::read_shared_expert(h, m);
    }
}

extern const Architecture arch_nemotron_h;
const Architecture arch_nemotron_h{{"nemotron_h", "nemotron_h_moe"}, declare};

}  // namespace dlgo
