#include "backends/cpu/ops/attend_heads.h"

#include <cmath>
#include <cstring>

#include "backends/cpu/ops/rope_table.h"

namespace dlgo::cpu {

AttendHeads::AttendHeads(const Attend& op, Compiler& c)
    : op_(op),
      kernels_(*c.model.ops),
      cache_(*c.session.kv[op.state]),
      q_norm_(c.norm(op.q_norm)),
      k_norm_(c.norm(op.k_norm)),
      v_norm_(c.norm(op.v_norm)),
      q_(c.rows(op.q)),
      k_(c.rows(op.k)),
      v_(c.rows(op.v)),
      gate_(c.rows(op.gate)),
      out_(c.rows(op.out)),
      rope_(op.rope.n_rot > 0 ? c.rope_table(op.rope) : nullptr),
      sinks_(c.param(op.sinks)),
      k_dim_(pad_head(op.head_dim)),
      v_dim_(pad_head(op.v_dim)) {}

AttendHeads::Query AttendHeads::query_row(uint32_t row, float* scratch) const noexcept {
    if (!op_.norm_all || q_norm_.kind == NormKind::None) return {q_.row(row), op_.q_stride};
    float* all = scratch + k_dim_ + v_dim_;
    for (uint32_t h = 0; h < op_.n_head; ++h) {
        std::memcpy(all + size_t{h} * op_.head_dim, q_.row(row) + size_t{h} * op_.q_stride, op_.head_dim * sizeof(float));
    }
    kernels_.normalize(q_norm_, all, all, size_t{op_.n_head} * op_.head_dim);
    return {all, op_.head_dim};
}

void AttendHeads::query(const Query& raw, uint32_t head, uint32_t row, uint32_t position, float* q) const noexcept {
    const float* x = raw.data + head * raw.stride;
    const NormArgs none{NormKind::None, 0, nullptr, nullptr};
    kernels_.normalize(op_.norm_all ? none : q_norm_, x, q, op_.head_dim);
    if (rope_) kernels_.rope(q + op_.rope.offset, op_.rope.n_rot, op_.rope.adjacent, rope_->cos(row), rope_->sin(row));
    float scale = op_.scale;
    if (op_.temp_scale != 0) scale *= 1 + op_.temp_scale * std::log(1 + static_cast<float>(position / op_.temp_length));
    for (uint32_t i = 0; i < op_.head_dim; ++i) q[i] *= scale;
    std::fill(q + op_.head_dim, q + k_dim_, 0.0f);
}

void AttendHeads::store(const float* x, std::byte* entry, uint32_t n) const noexcept {
    if (cache_.f16()) {
        kernels_.to_half(x, reinterpret_cast<uint16_t*>(entry), n);
    } else {
        std::memcpy(entry, x, n * sizeof *x);
    }
}

void AttendHeads::append(uint32_t head, uint32_t row, uint32_t position, float* scratch) const noexcept {
    float *k = scratch, *v = scratch + k_dim_;
    const float* raw = k_.row(row) + size_t{head} * op_.head_dim;
    if (op_.norm_all && k_norm_.kind != NormKind::None) {
        // The norm goes over all heads, of which this one is kept.
        float* all = v + v_dim_;
        kernels_.normalize(k_norm_, k_.row(row), all, size_t{op_.n_head_kv} * op_.head_dim);
        raw = all + size_t{head} * op_.head_dim;
        std::memcpy(k, raw, op_.head_dim * sizeof *k);
    } else {
        std::memcpy(k, raw, op_.head_dim * sizeof *k);
        kernels_.normalize(k_norm_, k, k, op_.k_norm_dims ? op_.k_norm_dims : op_.head_dim);
    }
    if (rope_) kernels_.rope(k + op_.rope.offset, op_.rope.n_rot, op_.rope.adjacent, rope_->cos(row), rope_->sin(row));
    store(k, cache_.k(head, position), op_.head_dim);
    if (op_.v_in_k) return;
    kernels_.normalize(v_norm_, v_.row(row) + size_t{head} * op_.v_dim, v, op_.v_dim);
    store(v, cache_.v(head, position), op_.v_dim);
}

void AttendHeads::finish(uint32_t head, uint32_t row, float m, float l, const float* acc, float* y) const noexcept {
    float factor = 1 / l;
    if (sinks_) {  // one more logit without a value
        const float top = std::fmax(m, sinks_[head]), kept = std::exp(m - top);
        factor = kept / (l * kept + std::exp(sinks_[head] - top));
    }
    for (uint32_t i = 0; i < op_.v_dim; ++i) y[i] = acc[i] * factor;
    if (gate_) kernels_.glu(Activation::Sigmoid, gate_.at(row, size_t{head} * op_.gate_stride), {y}, {y}, 1, op_.v_dim);
}

}  // namespace dlgo::cpu
