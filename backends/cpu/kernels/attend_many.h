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
    uint32_t first = 0xffffffff, last = 0;
    for (uint32_t i = 0; i < args.n_q; ++i) {
        first = args.begin[i] < first ? args.begin[i] : first;
        last = args.end[i] > last ? args.end[i] : last;
        for (uint32_t d = 0; d < args.k_dim; ++d) q_t[in_packed_panels(d, i, args.k_dim)] = args.q[size_t{i} * args.k_dim + d];
    }
    for (uint32_t d = 0; d < args.k_dim; ++d) {
        for (uint32_t i = args.n_q; i < n_q; ++i) q_t[in_packed_panels(d, i, args.k_dim)] = 0;
    }
    for (uint32_t j = 0; j < run.n; j += kKeyTile) {
        const uint32_t n = run.n - j < kKeyTile ? run.n - j : kKeyTile, position = run.position + j;
        if (position >= last || position + n <= first) continue;
        rows_to_float(static_cast<const T*>(run.k) + size_t{j} * args.k_stride, args.k_stride, n, args.k_dim, kv);
        gemm(kv, args.k_dim, 1, packed_panels(q_t, args.k_dim), s, n_q, n, n_q, args.k_dim, false);
        softmax_tile(args, n_q, position, n, s, rescale);
        rows_to_panels(static_cast<const T*>(run.v) + size_t{j} * args.v_stride, args.v_stride, n, args.v_dim, kv);
        for (uint32_t i = 0; i < args.n_q; ++i) {
            if (rescale[i] == 1) continue;
            float* acc = args.state.acc + size_t{i} * args.v_dim;
            for (uint32_t d = 0; d < args.v_dim; d += kLanes) store(acc + d, load(acc + d) * rescale[i]);
        }
        gemm(s, 1, n_q, packed_panels(kv, kKeyTile), args.state.acc, args.v_dim, args.n_q, args.v_dim, n, true);
    }
}

static void attend_many(const AttendArgs& args, const KvRun& run) noexcept {
    args.f16 ? attend_many_of<uint16_t>(args, run) : attend_many_of<float>(args, run);
}
