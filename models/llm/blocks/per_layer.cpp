// Per-layer embeddings (Gemma 3n and 4): every layer mixes a small embedding of its own into the residual stream.
#include <cmath>

#include "models/llm/blocks/blocks.h"

namespace dlgo {

static uint32_t width(const Builder& b) { return b.spec.n_per_layer * b.spec.n_layer; }

void per_layer_inputs(Builder& b) {
    const uint32_t n = b.spec.n_per_layer, all = width(b);
    const View inputs = b.buffer("per_layer", all), token = b.buffer("per_layer_token", all);

    Embed e;
    e.table = b.mat_global("per_layer_token_embd", all, b.spec.n_vocab).matrix;
    e.scale = std::sqrt(static_cast<float>(n));
    e.out = token;
    b.add(e, Role::Embed, "per_layer_embed");

    Linear project;
    project.in = b.x;
    project.n_in = b.spec.n_embd;
    project.n_mats = 1;
    project.mats[0] = b.mat_global("per_layer_model_proj", b.spec.n_embd, all);
    project.out[0] = inputs;
    project.scale = 1 / std::sqrt(static_cast<float>(b.spec.n_embd));
    b.add(project, Role::Embed, "per_layer_proj");

    Norm norm;  // (norm(projection) + embedding) / sqrt(2)
    norm.in = norm.out = inputs;
    norm.n = all;
    norm.group = n;
    norm.norm = b.rms(b.param_global("per_layer_proj_norm.weight", n, true));
    norm.residual = token;
    norm.out_scale = 1 / std::sqrt(2.0f);
    b.add(norm, Role::Embed, "per_layer_norm");
}

void per_layer_mix(Builder& b) {
    const uint32_t n = b.spec.n_per_layer, n_embd = b.spec.n_embd;
    float scale = 1;
    if (b.has("layer_output_scale")) scale = b.weights.params[b.param("layer_output_scale", 1)].values[0];
    if (n > 0) {
        Linear gate;
        gate.in = b.x;
        gate.n_in = n_embd;
        gate.n_mats = 1;
        gate.mats[0] = b.mat("inp_gate", n_embd, n);
        gate.act = Activation::Gelu;
        gate.mul = View{b.buffer("per_layer", width(b)).buffer, b.layer * n};
        gate.out[0] = b.buffer("per_layer_gate", n);
        b.add(gate, Role::Ffn, "per_layer_gate");

        Linear up;
        up.in = gate.out[0];
        up.n_in = n;
        up.n_mats = 1;
        up.mats[0] = b.mat("proj", n, n_embd);
        up.out[0] = b.buffer("post", n_embd);
        b.add(up, Role::Ffn, "per_layer_up");

        Norm post;
        post.in = up.out[0];
        post.out = post.residual = b.x;
        post.n = post.group = n_embd;
        post.norm = b.norm("post_norm", n_embd);
        post.out_scale = scale;
        b.add(post, Role::Ffn, "per_layer_post");
    } else if (scale != 1) {
        Norm only_scale;
        only_scale.in = only_scale.out = b.x;
        only_scale.n = only_scale.group = n_embd;
        only_scale.out_scale = scale;
        b.add(only_scale, Role::Ffn, "layer_scale");
    }
}

}  // namespace dlgo
