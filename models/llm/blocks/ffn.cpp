#include <cmath>

#include "models/llm/blocks/blocks.h"

namespace dlgo {

// act(gate h) * (up h), or act(up h), into `hidden`. suffix: "" or "_shexp".
static void hidden(Builder& b, const char* norm, const FfnDecl& f, const std::string& suffix, View out, const char* name, Role role) {
    Linear l;
    l.in = b.x;
    l.n_in = b.spec.n_embd;
    l.norm = b.norm(norm, b.spec.n_embd);
    l.act = f.act;
    l.glu = f.glu;
    l.n_mats = f.glu ? 2 : 1;
    l.out[0] = out;
    if (!f.glu) {
        l.mats[0] = b.mat("ffn_up" + suffix, b.spec.n_embd, f.n_ff);
    } else if (f.fused_gate_up) {
        const MatRef both = b.mat("ffn_up" + suffix, b.spec.n_embd, 2 * f.n_ff);
        l.mats[0] = b.rows(both, 0, f.n_ff);
        l.mats[1] = b.rows(both, f.n_ff, f.n_ff);
    } else {
        l.mats[0] = b.mat("ffn_gate" + suffix, b.spec.n_embd, f.n_ff);
        l.mats[1] = b.mat("ffn_up" + suffix, b.spec.n_embd, f.n_ff);
    }
    b.add(l, role, name);
}

Branch dense_ffn(Builder& b) {
    const FfnDecl& f = b.l().dense;
    const View h = b.buffer("ffn", f.n_ff);
    hidden(b, b.l().ffn_norm, f, "", h, f.glu ? "gate_up" : "up", Role::Ffn);
    return {h, f.n_ff, b.mat("ffn_down", f.n_ff, b.spec.n_embd), "down"};
}

void finish(Builder& b, const Branch& part, const char* post_norm, Role role) {
    Linear l;
    l.in = part.in;
    l.n_in = part.n_in;
    l.n_mats = 1;
    l.mats[0] = part.mat;
    if (!post_norm) {
        l.out[0] = l.residual = b.x;
        l.scale = b.l().residual_scale;
        b.add(l, role, part.name);
        return;
    }
    l.out[0] = b.buffer("post", b.spec.n_embd);
    b.add(l, role, part.name);
    Norm n;
    n.in = l.out[0];
    n.out = n.residual = b.x;
    n.n = n.group = b.spec.n_embd;
    n.norm = b.norm(post_norm, b.spec.n_embd);
    n.scale = b.l().residual_scale;
    b.add(n, role, "post_norm");
}

// Router logits of the layer's (normed) input; with a gated shared expert its gate value, too.
static Route route(Builder& b, View shared_gate) {
    const LayerSpec& l = b.l();
    const MoeDecl& e = l.moe;
    const uint32_t n_embd = b.spec.n_embd;
    Linear router;
    router.in = b.x;
    router.n_in = n_embd;
    if (e.router_scale) {
        std::vector<float> scale = b.weights.params[b.param(e.router_scale, n_embd)].values;
        for (float& s : scale) s /= std::sqrt(static_cast<float>(n_embd));
        router.norm = b.rms(b.constant("router_scale", std::move(scale)));
    } else {
        router.norm = b.norm(l.ffn_norm, n_embd);
    }
    router.n_mats = 1;
    router.mats[0] = b.mat("ffn_gate_inp", n_embd, e.n_expert);
    router.out[0] = b.buffer("router", e.n_expert);
    if (shared_gate.valid()) {
        router.n_mats = 2;
        router.mats[1] = b.mat("ffn_gate_inp_shexp", n_embd, 1);
        router.out[1] = shared_gate;
    }
    b.add(router, Role::Experts, "router");

    Route r;
    r.logits = router.out[0];
    r.ids = b.buffer("expert_ids", e.n_used);
    r.weights = b.buffer("expert_weights", e.n_used);
    r.gating = e.gating;
    r.n_expert = e.n_expert;
    r.n_used = e.n_used;
    r.n_group = e.n_group;
    r.n_group_used = e.n_group_used;
    if (e.select_bias) r.select_bias = b.param("exp_probs_b.bias", e.n_expert);
    // The scale of an expert's result is part of its weight, unless a bias comes in between.
    if (!b.has("ffn_down_exps.bias")) r.expert_scale = b.param_if("ffn_down_exps.scale", e.n_expert);
    r.renormalize = e.renormalize;
    r.scale = e.scale;
    b.add(r, Role::Experts, "route");
    return r;
}

static Experts experts(Builder& b, const Route& r, View in, uint32_t n_in, NormSpec norm) {
    const MoeDecl& e = b.l().moe;
    Experts x;
    x.in = in;
    x.norm = norm;
    x.ids = r.ids;
    x.weights = r.weights;
    x.n_in = x.n_out = n_in;
    x.n_ff = e.n_ff;
    x.n_used = e.n_used;
    x.n_expert = e.n_expert;
    x.hidden = b.buffer("experts", e.n_used * e.n_ff);
    x.glu = e.glu;
    x.act = e.act;
    if (e.glu && b.has("ffn_gate_up_exps")) {
        const MatRef both = b.mat("ffn_gate_up_exps", n_in, 2 * e.n_ff, e.n_expert);
        x.gate = b.rows(both, 0, e.n_ff);
        x.up = b.rows(both, e.n_ff, e.n_ff);
    } else {
        if (e.glu) x.gate = b.mat("ffn_gate_exps", n_in, e.n_ff, e.n_expert);
        x.up = b.mat("ffn_up_exps", n_in, e.n_ff, e.n_expert);
    }
    x.down = b.mat("ffn_down_exps", e.n_ff, n_in, e.n_expert);
    if (r.expert_scale != kNoParam) x.down.scale = kNoParam;
    return x;
}

void moe_ffn(Builder& b) {
    const LayerSpec& l = b.l();
    const MoeDecl& e = l.moe;
    const uint32_t n_embd = b.spec.n_embd;
    const View gate = e.n_ff_shared && e.shared_gate ? b.buffer("shared_gate", 1) : View{};
    const Route r = route(b, gate);

    // Everything that reads x comes before the first step that writes it.
    const View shared = e.n_ff_shared ? b.buffer("shared", e.n_ff_shared) : View{};
    if (shared.valid()) {
        FfnDecl f;
        f.n_ff = e.n_ff_shared;
        f.glu = e.glu;
        f.act = e.act;
        hidden(b, l.ffn_norm, f, "_shexp", shared, "shared_up", Role::Ffn);
    }
    if (e.n_latent) {
        Linear down;
        down.in = b.x;
        down.n_in = n_embd;
        down.norm = b.norm(l.ffn_norm, n_embd);
        down.n_mats = 1;
        down.mats[0] = b.mat("ffn_latent_down", n_embd, e.n_latent);
        down.out[0] = b.buffer("latent", e.n_latent);
        b.add(down, Role::Experts, "latent_down");
        Experts x = experts(b, r, down.out[0], e.n_latent, NormSpec{});
        x.out = b.buffer("latent_out", e.n_latent);
        b.add(x, Role::Experts, "experts");
        finish(b, {x.out, e.n_latent, b.mat("ffn_latent_up", e.n_latent, n_embd), "latent_up"}, nullptr, Role::Experts);
    } else {
        Experts x = experts(b, r, b.x, n_embd, b.norm(l.ffn_norm, n_embd));
        x.out = x.residual = b.x;
        x.scale = l.residual_scale;
        b.add(x, Role::Experts, "experts");
    }
    if (shared.valid()) {
        Linear down;
        down.in = shared;
        down.n_in = e.n_ff_shared;
        down.n_mats = 1;
        down.mats[0] = b.mat("ffn_down_shexp", e.n_ff_shared, n_embd);
        down.out[0] = down.residual = b.x;
        down.row_gate = gate;
        down.scale = l.residual_scale;
        b.add(down, Role::Ffn, "shared_down");
    }
}

void dense_and_moe_ffn(Builder& b) {
    const LayerSpec& l = b.l();
    const uint32_t n = b.spec.n_embd;
    const Route r = route(b, View{});
    const Branch dense = dense_ffn(b);
    const View sum = b.buffer("post", n), out = b.buffer("experts_out", n);

    Linear down;
    down.in = dense.in;
    down.n_in = dense.n_in;
    down.n_mats = 1;
    down.mats[0] = dense.mat;
    down.out[0] = sum;
    b.add(down, Role::Ffn, dense.name);
    Experts x = experts(b, r, b.x, n, b.norm("pre_ffw_norm_2", n));
    x.out = out;
    b.add(x, Role::Experts, "experts");

    Norm post;
    post.n = post.group = n;
    post.in = post.out = sum;
    post.norm = b.norm("post_ffw_norm_1", n);
    b.add(post, Role::Ffn, "post_norm_1");
    post.in = out;
    post.residual = sum;
    post.norm = b.norm("post_ffw_norm_2", n);
    b.add(post, Role::Ffn, "post_norm_2");
    post.in = sum;
    post.out = post.residual = b.x;
    post.norm = b.norm(l.ffn_post_norm, n);
    b.add(post, Role::Ffn, "post_norm");
}

}  // namespace dlgo
