// Attention of a few queries (one row, the heads of one group) to a long run of keys: reads every key and value once.
#pragma once

// s[q][j] = q . k_j for kQueries queries and kKeys keys.
template <typename T, int kQueries, int kKeys>
static inline void scores(const float* q, uint32_t dim, const T* k, uint32_t k_stride, float* s) {
    vf acc[kQueries][kKeys] = {};
    for (uint32_t i = 0; i < dim; i += kLanes) {
        vf kv[kKeys];
        for (int j = 0; j < kKeys; ++j) kv[j] = load(k + j * k_stride + i);
        for (int h = 0; h < kQueries; ++h) {
            const vf qv = load(q + h * dim + i);
            for (int j = 0; j < kKeys; ++j) acc[h][j] = fma(qv, kv[j], acc[h][j]);
        }
    }
    for (int h = 0; h < kQueries; ++h) {
        for (int j = 0; j < kKeys; ++j) s[h * kKeyTile + j] = sum(acc[h][j]);
    }
}

template <typename T, int kQueries>
static inline void scores_of_tile(const float* q, uint32_t dim, const T* k, uint32_t k_stride, uint32_t n, const T* fetch,
                                  uint32_t fetch_stride, uint32_t fetch_dim, float* s) {
    constexpr int kKeys = kQueries > 2 ? 2 : 4;
    uint32_t j = 0;
    for (; j + kKeys <= n; j += kKeys) {
        for (int t = 0; t < kKeys && fetch; ++t) {  // the tile's values are read next
            const auto* line = reinterpret_cast<const char*>(fetch + (j + t) * size_t{fetch_stride});
            for (uint32_t byte = 0; byte < fetch_dim * sizeof(T); byte += 64) __builtin_prefetch(line + byte);
        }
        scores<T, kQueries, kKeys>(q, dim, k + size_t{j} * k_stride, k_stride, s + j);
    }
    for (; j < n; ++j) scores<T, kQueries, 1>(q, dim, k + size_t{j} * k_stride, k_stride, s + j);
}

// acc[q] += sum_j p[q][j] v_j for kVecs vectors of every acc.
template <typename T, int kQueries, int kVecs>
static inline void weigh(const float* p, const T* v, uint32_t v_stride, uint32_t n, const float* rescale, float* acc, uint32_t acc_stride) {
    vf a[kQueries][kVecs];
    for (int h = 0; h < kQueries; ++h) {
        for (int i = 0; i < kVecs; ++i) a[h][i] = load(acc + h * acc_stride + i * kLanes) * rescale[h];
    }
    for (uint32_t j = 0; j < n; ++j) {
        vf row[kVecs];
        for (int i = 0; i < kVecs; ++i) row[i] = load(v + j * size_t{v_stride} + i * kLanes);
        for (int h = 0; h < kQueries; ++h) {
            const vf w = splat(p[h * kKeyTile + j]);
            for (int i = 0; i < kVecs; ++i) a[h][i] = fma(w, row[i], a[h][i]);
        }
    }
    for (int h = 0; h < kQueries; ++h) {
        for (int i = 0; i < kVecs; ++i) store(acc + h * acc_stride + i * kLanes, a[h][i]);
    }
}

template <typename T, int kQueries>
static void attend_tile(const AttendArgs& args, uint32_t q0, const T* k, const T* v, uint32_t n, bool fetch) {
    float* s = args.scratch;  // [kQueries][kKeyTile]
    scores_of_tile<T, kQueries>(args.q + size_t{q0} * args.k_dim, args.k_dim, k, args.k_stride, n, fetch ? v : nullptr,
                                args.v_stride, args.v_dim, s);
    float rescale[kQueries];
    for (int h = 0; h < kQueries; ++h) {
        float *row = s + h * kKeyTile, &m = args.state.m[q0 + h], &l = args.state.l[q0 + h];
        if (args.softcap > 0) {
            for (uint32_t j = 0; j < n; j += kLanes) store(row + j, args.softcap * tanh(load(row + j) / args.softcap));
        }
        for (uint32_t j = n; j < kKeyTile; ++j) row[j] = -INFINITY;
        vf top = splat(m);
        for (uint32_t j = 0; j < n; j += kLanes) top = max(load(row + j), top);
        const float new_m = highest(top);
        vf total = vf{};
        for (uint32_t j = 0; j < n; j += kLanes) {
            const vf p = exp(load(row + j) - new_m);
            store(row + j, p);
            total += p;
        }
        rescale[h] = m == new_m ? 1 : expf(m - new_m);
        l = l * rescale[h] + sum(total);
        m = new_m;
    }
    float* acc = args.state.acc + size_t{q0} * args.v_dim;
    uint32_t i = 0;
    for (; i + 2 * kLanes <= args.v_dim; i += 2 * kLanes) {
        weigh<T, kQueries, 2>(s, v + i, args.v_stride, n, rescale, acc + i, args.v_dim);
    }
    for (; i < args.v_dim; i += kLanes) weigh<T, kQueries, 1>(s, v + i, args.v_stride, n, rescale, acc + i, args.v_dim);
}

template <typename T>
static void attend_few_of(const AttendArgs& args, const KvRun& run) {
    for (uint32_t j = 0; j < run.n; j += kKeyTile) {
        const T* k = static_cast<const T*>(run.k) + size_t{j} * args.k_stride;
        const T* v = static_cast<const T*>(run.v) + size_t{j} * args.v_stride;
        const uint32_t n = run.n - j < kKeyTile ? run.n - j : kKeyTile;
        uint32_t q = 0;
        for (; q + 4 <= args.n_q; q += 4) attend_tile<T, 4>(args, q, k, v, n, q == 0);
        switch (args.n_q - q) {
            case 3: attend_tile<T, 3>(args, q, k, v, n, q == 0); break;
            case 2: attend_tile<T, 2>(args, q, k, v, n, q == 0); break;
            case 1: attend_tile<T, 1>(args, q, k, v, n, q == 0); break;
            default: break;
        }
    }
}

static void attend_few(const AttendArgs& args, const KvRun& run) noexcept {
    args.f16 ? attend_few_of<uint16_t>(args, run) : attend_few_of<float>(args, run);
}
