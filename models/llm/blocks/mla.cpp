// Multi-head latent attention (DeepSeek-V2, arXiv 2405.04434) with the absorbed projections: the cache holds the compressed
// key/value and the rotated shared key; queries are taken into the compressed space, results out of it.
#include <cstring>

#include "models/llm/blocks/blocks.h"

namespace dlgo {

// [n_in, n_out] per head from [nope + v, lora] rows per head: the transposed key part.
static MatRef transposed_keys(Builder& b, const MatRef& kv_b, uint32_t n_head, const MlaDecl& m) {
    const Matrix& all = b.matrix(kv_b);
    std::vector<float> row(m.kv_lora), values(size_t{n_head} * m.kv_lora * m.nope);
    for (uint32_t h = 0; h < n_head && all.data; ++h) {
        for (uint32_t i = 0; i < m.nope; ++i) {
            dequantize(all.type, all.data + all.row_bytes() * (size_t{h} * (m.nope + m.v_dim) + i), row.data(), m.kv_lora);
            for (uint32_t j = 0; j < m.kv_lora; ++j) values[(size_t{h} * m.kv_lora + j) * m.nope + i] = row[j];
        }
    }
    MatRef k_b = b.derived("attn_k_b", m.nope, m.kv_lora, n_head, std::move(values));
    if (kv_b.scale != kNoParam) k_b.scale = b.constant("scale", std::vector<float>(n_head, b.weights.params[kv_b.scale].values[0]));
    return k_b;
}

Branch mla(Builder& b) {
    const LayerSpec& l = b.l();
    const MlaDecl& m = l.mla;
    const uint32_t n_head = l.attn.n_head, n_rot = l.attn.rope.n_rot, key = m.nope + n_rot, latent = m.kv_lora + n_rot;

    const View q = b.buffer("q", n_head * key), kv = b.buffer("kv", latent), q_a = m.q_lora ? b.buffer("q_a", m.q_lora) : View{};
    Linear in;
    in.in = b.x;
    in.n_in = b.spec.n_embd;
    in.norm = b.norm(l.attn_norm, b.spec.n_embd);
    in.n_mats = 2;
    in.mats[0] = m.q_lora ? b.mat("attn_q_a", b.spec.n_embd, m.q_lora) : b.mat("attn_q", b.spec.n_embd, n_head * key);
    in.out[0] = m.q_lora ? q_a : q;
    in.mats[1] = b.mat("attn_kv_a_mqa", b.spec.n_embd, latent);
    in.out[1] = kv;
    b.add(in, Role::Attention, "q_kv");
    if (m.q_lora) {
        Linear up;
        up.in = q_a;
        up.n_in = m.q_lora;
        up.norm = b.norm("attn_q_a_norm", m.q_lora);
        up.n_mats = 1;
        up.mats[0] = b.mat("attn_q_b", m.q_lora, n_head * key);
        up.out[0] = q;
        b.add(up, Role::Attention, "q_b");
    }

    MatRef k_b, v_b;
    if (b.has("attn_k_b")) {
        k_b = b.mat("attn_k_b", m.nope, m.kv_lora, n_head);
        v_b = b.mat("attn_v_b", m.kv_lora, m.v_dim, n_head);
    } else {
        const MatRef kv_b = b.mat("attn_kv_b", m.kv_lora, n_head * (m.nope + m.v_dim));
        k_b = transposed_keys(b, kv_b, n_head, m);
        v_b = b.head_rows(kv_b, n_head, m.nope + m.v_dim, m.nope, m.v_dim);
    }

    HeadLinear compress;  // [nope | rope] -> [lora | rope]
    compress.in = q;
    compress.out = b.buffer("q_latent", n_head * latent);
    compress.in_stride = key;
    compress.out_stride = latent;
    compress.n_head = n_head;
    compress.n_in = m.nope;
    compress.n_tail = n_rot;
    compress.mat = k_b;
    b.add(compress, Role::Attention, "k_b");

    StateSpec state;
    state.kind = StateKind::Kv;
    state.n_head = 1;
    state.k_dim = latent;
    Attend at;
    at.q = compress.out;
    at.k = kv;
    at.out = b.buffer("attn", n_head * m.kv_lora);
    at.n_head = n_head;
    at.n_head_kv = 1;
    at.head_dim = latent;
    at.v_dim = m.kv_lora;
    at.q_stride = latent;
    at.k_norm = b.norm("attn_kv_a_norm", m.kv_lora);
    at.k_norm_dims = m.kv_lora;
    at.rope = b.rope(l.attn.rope, latent, m.kv_lora);
    at.scale = m.scale;
    at.v_in_k = true;
    at.state = b.state(state);
    b.add(at, Role::Attention, "attend");

    HeadLinear expand;
    expand.in = at.out;
    expand.out = b.buffer("attn_v", n_head * m.v_dim);
    expand.in_stride = m.kv_lora;
    expand.out_stride = m.v_dim;
    expand.n_head = n_head;
    expand.n_in = m.kv_lora;
    expand.mat = v_b;
    b.add(expand, Role::Attention, "v_b");
    return {expand.out, n_head * m.v_dim, b.mat("attn_output", n_head * m.v_dim, b.spec.n_embd), "attn_out"};
}

}  // namespace dlgo
