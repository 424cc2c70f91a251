// Attention of many queries, a tile of keys at a time (Dao et al. 2022, arXiv 2205.14135). Scores are kept transposed,
// [keys, queries], so that the softmax runs over vectors of queries and no tile of keys has to be transposed.
#pragma once

template <typename T>
static inline void rows_to_float(const T* x, uint32_t stride, uint32_t n, uint32_t dim, float* y) {
    for (uint32_t j = 0; j < n; ++j) {
        for (uint32_t i = 0; i < dim; i += kLanes) store(y + j * dim + i, load(x + j * size_t{stride} + i));
    }
}

// The same in packed panels of kKeyTile rows.
template <typename T>
static inline void rows_to_panels(const T* x, uint32_t stride, uint32_t n, uint32_t dim, float* y) {
    for (uint32_t j = 0; j < n; ++j) {
        for (uint32_t i = 0; i < dim; i += kLanes) store(y + in_packed_panels(j, i, kKeyTile), load(x + j * size_t{stride} + i));
    }
}

template <typename T>
static void attend_many_of(const AttendArgs& args, const KvRun& run) {
    const uint32_t n_q = pad_head(args.n_q);  // the states of queries beyond n_q are there but mean nothing
    float* q_t = args.scratch;                // [k_dim, n_q] in panels
    float* kv = q_t + args.k_dim * whole_panels(n_q);
    float* s = kv + kKeyTile * whole_panels(args.k_dim > args.v_dim ? args.k_dim : args.v_dim);
    float* rescale = s + kKeyTile * size_t{n_q};
    for (uint32_t i = 0; i < args.n_q; i += kGemmCols) {
        const uint32_t n = args.n_q - i < kGemmCols ? args.n_q - i : kGemmCols;
        transpose(args.q + size_t{i} * args.k_dim, args.k_dim, n, args.k_dim, q_t + size_t{i} * args.k_dim, kGemmCols);
    }
    for (uint32_t d = 0; d < args.k_dim; ++d) {
        for (uint32_t i = args.n_q; i < n_q; ++i) q_t[in_packed_panels(d, i, args.k_dim)] = 0;
    }
    const auto scores = [&](uint32_t j, uint32_t n) {
        rows_to_float(static_cast<const T*>(run.k) + size_t{j} * args.k_stride, args.k_stride, n, args.k_dim, kv);
        gemm(kv, args.k_dim, 1, packed_panels(q_t, args.k_dim), s, n_q, n, n_q, args.k_dim, false);
    };
    const auto add_values = [&](uint32_t j, uint32_t n) {
        rows_to_panels(static_cast<const T*>(run.v) + size_t{j} * args.v_stride, args.v_stride, n, args.v_dim, kv);
        gemm(s, 1, n_q, packed_panels(kv, kKeyTile), args.state.acc, args.v_dim, args.n_q, args.v_dim, n, true);
    };
    each_key_tile(args, run, n_q, s, rescale, scores, add_values);
}

static void attend_many(const AttendArgs& args, const KvRun& run) noexcept {
    args.f16 ? attend_many_of<uint16_t>(args, run) : attend_many_of<float>(args, run);
}
