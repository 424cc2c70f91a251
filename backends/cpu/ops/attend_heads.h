// From raw projections to queries and cache entries: norms, rope, scaling, conversion.
#pragma once
#include "backends/cpu/compiler.h"

namespace dlgo::cpu {

class AttendHeads {
public:
    AttendHeads(const Attend& op, Compiler& c);

    // floats of scratch that keys and norm_all need
    size_t scratch() const noexcept { return k_dim_ + v_dim_ + (op_.norm_all ? size_t{op_.n_head} * op_.head_dim : 0); }

    uint32_t group() const noexcept { return op_.n_head / op_.n_head_kv; }  // queries that share keys
    uint32_t k_dim() const noexcept { return k_dim_; }
    uint32_t v_dim() const noexcept { return v_dim_; }
    const KvCache& cache() const noexcept { return cache_; }

    // norm_all: q of a row, all heads; the place of the result (raw q where nothing is to be done).
    struct Query {
        const float* data;
        size_t stride;
    };
    Query query_row(uint32_t row, float* scratch) const noexcept;
    // Query of a head, ready for the kernels: [k_dim]
    void query(const Query& raw, uint32_t head, uint32_t row, uint32_t position, float* q) const noexcept;
    // Key and value of a head into the cache.
    void append(uint32_t head, uint32_t row, uint32_t position, float* scratch) const noexcept;
    // Asks for what append and query will read of a row: another thread has written most of it, and it comes slowly.
    void fetch_key(uint32_t head, uint32_t row) const noexcept {
        fetch(k_.row(row) + size_t{head} * op_.head_dim, op_.head_dim);
        if (!op_.v_in_k) fetch(v_.row(row) + size_t{head} * op_.v_dim, op_.v_dim);
    }
    void fetch_query(uint32_t head, uint32_t row) const noexcept { fetch(q_.row(row) + size_t{head} * op_.q_stride, op_.head_dim); }
    bool appends() const noexcept { return static_cast<bool>(k_); }
    bool attends() const noexcept { return static_cast<bool>(q_); }

    // First position that is seen from `position`.
    uint32_t first(uint32_t position) const noexcept {
        return op_.window > 0 && position >= op_.window ? position + 1 - op_.window : 0;
    }

    // Where the result of a head belongs.
    float* out(uint32_t head, uint32_t row) const noexcept { return out_.row(row) + size_t{head} * op_.v_dim; }
    // A head's result from its softmax state; y may be acc.
    void finish(uint32_t head, uint32_t row, float m, float l, const float* acc, float* y) const noexcept;

private:
    void store(const float* x, std::byte* entry, uint32_t n) const noexcept;
    static void fetch(const float* x, uint32_t n) noexcept {
        for (uint32_t i = 0; i < n; i += 16) __builtin_prefetch(x + i);
    }

    Attend op_;
    const OpKernels& kernels_;
    const KvCache& cache_;
    NormArgs q_norm_, k_norm_, v_norm_;
    Rows q_, k_, v_, gate_, out_;
    const RopeTable* rope_;
    const float* sinks_;
    uint32_t k_dim_, v_dim_;
};

}  // namespace dlgo::cpu
