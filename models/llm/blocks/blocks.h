// Lowering of one layer's parts. A part ends in a projection back to the residual stream, which the layer adds.
#pragma once
#include <vector>

#include "models/llm/builder.h"

namespace dlgo {

// The last projection of a part: x += scale * (mat in), or through the post-norm.
struct Branch {
    View in;
    uint32_t n_in = 0;
    MatRef mat;
    const char* name = "";
};

Branch attention(Builder& b);
Branch mla(Builder& b);
Branch delta_net(Builder& b);
Branch mamba2(Builder& b);
Branch short_conv(Builder& b);
Branch dense_ffn(Builder& b);

// Experts, shared expert included, added to the residual stream (post_norm nullptr) or normed first.
void moe_ffn(Builder& b);

// Gemma 4: post_norm(norm_1(dense) + norm_2(experts)).
void dense_and_moe_ffn(Builder& b);

// out = y * scale + residual, y the part's result, normed by post_norm if there is one.
void finish(Builder& b, const Branch& part, const char* post_norm, Role role);

// Per-layer embeddings: all layers' slices before the first layer, then each layer's share and its output scale.
void per_layer_inputs(Builder& b);
void per_layer_mix(Builder& b);

}  // namespace dlgo
