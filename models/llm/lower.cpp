#include "models/llm/lower.h"

#include "core/base/error.h"
#include "models/llm/blocks/blocks.h"

namespace dlgo {

static void embed(Builder& b) {
    Embed e;
    e.table = b.mat_global("token_embd", b.spec.n_embd, b.spec.n_vocab).matrix;
    e.scale = b.spec.embedding_scale;
    e.out = b.x;
    b.add(e, Role::Embed, "embed");
    if (b.spec.n_per_layer > 0) per_layer_inputs(b);
}

static Branch mixer(Builder& b) {
    switch (b.l().mixer) {
        case Mixer::Attention: return attention(b);
        case Mixer::Mla: return mla(b);
        case Mixer::DeltaNet: return delta_net(b);
        case Mixer::Mamba2: return mamba2(b);
        case Mixer::ShortConv: return short_conv(b);
        case Mixer::None: break;
    }
    return {};
}

static void feed_forward(Builder& b) {
    const LayerSpec& l = b.l();
    if (l.ffn == Ffn::Dense && l.dense.n_ff == 0) fail(DLGO_ERROR_FORMAT, "%s: layer %u: feed_forward_length is 0", b.path().c_str(), b.layer);
    if ((l.ffn == Ffn::Moe || l.ffn == Ffn::DenseAndMoe) && l.moe.n_ff == 0) {
        fail(DLGO_ERROR_FORMAT, "%s: layer %u: expert_feed_forward_length is 0", b.path().c_str(), b.layer);
    }
    switch (l.ffn) {
        case Ffn::Dense: finish(b, dense_ffn(b), l.ffn_post_norm, Role::Ffn); break;
        case Ffn::Moe: moe_ffn(b); break;
        case Ffn::DenseAndMoe: dense_and_moe_ffn(b); break;
        case Ffn::None: break;
    }
}

static void layer(Builder& b) {
    const LayerSpec& l = b.l();
    if (l.parallel) {
        // Both parts read x before either adds to it.
        const Branch attn = mixer(b), ffn = dense_ffn(b);
        finish(b, attn, l.attn_post_norm, Role::Attention);
        finish(b, ffn, l.ffn_post_norm, Role::Ffn);
    } else {
        if (l.mixer != Mixer::None) finish(b, mixer(b), l.attn_post_norm, Role::Attention);
        feed_forward(b);
    }
    if (b.spec.n_per_layer > 0 || b.has("layer_output_scale")) per_layer_mix(b);
}

static void head(Builder& b) {
    Head h;
    h.in = b.x;
    h.n_in = b.spec.n_embd;
    b.layer = b.spec.n_layer - 1;
    const LayerSpec& last = b.l();
    const std::string norm = b.spec.final_norm;
    h.norm.kind = last.norm;
    h.norm.eps = last.eps;
    h.norm.weight = b.param_global(norm + ".weight", b.spec.n_embd, true);
    h.norm.bias = b.param_global(norm + ".bias", b.spec.n_embd, false);
    h.mat = b.mat_global(b.has_global("output") ? "output" : "token_embd", b.spec.n_embd, b.spec.n_vocab);
    h.scale = b.spec.logit_scale;
    h.softcap = b.spec.logit_softcap;
    b.add(h, Role::Head, "head");
}

Lowered lower(std::shared_ptr<const Gguf> file, uint32_t n_ctx, bool with_data) {
    Lowered out;
    out.spec = declare_model(Hparams(*file), n_ctx);
    if (out.spec.n_vocab == 0) fail(DLGO_ERROR_FORMAT, "%s: tensor token_embd.weight is missing or empty", file->path().c_str());
    Builder b(file, out.spec, with_data);
    embed(b);
    for (b.layer = 0; b.layer < b.spec.n_layer; ++b.layer) layer(b);
    head(b);
    out.plan = std::make_shared<Plan>(std::move(b.plan));
    out.weights = std::make_shared<Weights>(std::move(b.weights));
    return out;
}

}  // namespace dlgo
