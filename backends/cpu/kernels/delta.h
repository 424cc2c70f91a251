// Gated delta rule of one head: row by row, or in chunks (Yang et al. 2024, arXiv 2412.06464, in the form
//     (I + A) U = B,  A_ts = b_t e^(G_t - G_s) (k_t . k_s) for s < t,  B_t = b_t (v_t - e^G_t S^T k_t)
//     out_t = e^G_t S^T q_t + sum_{s <= t} e^(G_t - G_s) (q_t . k_s) u_s,  S' = e^G_n S + sum_s e^(G_n - G_s) k_s u_s^T).
#pragma once

static constexpr uint32_t kDeltaRowsAhead = 4;  // that are asked for before they are read: they are far apart

static inline void ask_for_row(const float* x, uint32_t n) {
    for (uint32_t i = 0; i < n; i += 64 / sizeof *x) __builtin_prefetch(x + i);
}

static inline float delta_log_decay(const DeltaArgs& args, uint32_t r) {
    return args.a * softplus(args.alpha[r * args.alpha_stride] + args.dt);
}

static inline float delta_beta(const DeltaArgs& args, uint32_t r) { return 1 / (1 + expf(-args.beta[r * args.beta_stride])); }

// x / max(|x|, eps) * factor
static inline void l2_normalize(const float* x, float eps, float factor, float* y, uint32_t n) {
    const float length = sqrtf(dot(x, x, n));
    scale_row(x, factor / (length > eps ? length : eps), y, n);
}

// by_k[i] = sum_x k[x] S[x, i] and by_q likewise, for kVecs vectors from column 0 of s on; n: columns, where they are fewer; fetch: those that are
// asked for some rows ahead.
template <int kVecs>
static inline void delta_products(const float* s, size_t stride, const float* k, const float* q, uint32_t d_k, size_t n, uint32_t fetch,
                                  vf (&by_k)[kVecs], vf (&by_q)[kVecs]) {
    constexpr uint32_t kAhead = 16;
#pragma GCC unroll 4
    for (int i = 0; i < kVecs; ++i) by_k[i] = by_q[i] = vf{};
    for (uint32_t x = 0; s && x < d_k; ++x) {
        ask_for_row(s + (x + kAhead) * stride, fetch);
        const vf kx = splat(k[x]), qx = splat(q[x]);
#pragma GCC unroll 4
        for (int i = 0; i < kVecs; ++i) {
            const vf v = load(s + x * stride + i * kLanes, n - i * kLanes);
            by_k[i] = fma(v, kx, by_k[i]);
            by_q[i] = fma(v, qx, by_q[i]);
        }
    }
}

// in (null: zeros) may be the same as out.
static void delta_row(const DeltaArgs& args, uint32_t r, const float* in, float* out) {
    const uint32_t d_k = args.d_k, d_v = args.d_v;
    float *k = args.scratch, *q = k + d_k, *add = q + d_k;
    l2_normalize(args.k + r * args.k_stride, args.eps, 1, k, d_k);
    l2_normalize(args.q + r * args.q_stride, args.eps, 1 / sqrtf(static_cast<float>(d_k)), q, d_k);
    const float decay = expf(delta_log_decay(args, r)), beta = delta_beta(args, r), k_q = dot(k, q, d_k);
    const float* v = args.v + r * args.v_stride;
    float* y = args.out + r * args.out_stride;
    const auto update = [&](uint32_t i, vf by_k, vf by_q) {
        const vf u = beta * (load(v + i, d_v - i) - decay * by_k);
        store(add + i, u, d_v - i);
        store(y + i, decay * by_q + k_q * u, d_v - i);
    };
    // Both products with the old state in one pass; whole cache lines of its rows at a time.
    constexpr int kVecs = 4;
    uint32_t i = 0;
    for (; i + kVecs * kLanes <= d_v; i += kVecs * kLanes) {
        vf by_k[kVecs], by_q[kVecs];
        delta_products<kVecs>(in ? in + i : nullptr, args.state_stride, k, q, d_k, kVecs * kLanes, i == 0 ? d_v : 0, by_k, by_q);
        for (int j = 0; j < kVecs; ++j) update(i + static_cast<uint32_t>(j * kLanes), by_k[j], by_q[j]);
    }
    for (; i < d_v; i += kLanes) {
        vf by_k[1], by_q[1];
        delta_products<1>(in ? in + i : nullptr, args.state_stride, k, q, d_k, d_v - i, i == 0 ? d_v : 0, by_k, by_q);
        update(i, by_k[0], by_q[0]);
    }
    // A state that comes from one place, goes to another and is read again one token later.
    const bool past = args.rows == 1 && in != out && d_v % kLanes == 0 && args.state_stride % kLanes == 0 && can_store_past_caches(out);
    for (uint32_t x = 0; x < d_k; ++x) {
        const vf kx = splat(k[x]);
        const size_t row = x * args.state_stride;
        for (i = 0; i < d_v; i += kLanes) {
            const vf s = in ? load(in + row + i, d_v - i) * decay : vf{};
            const vf next = fma(kx, load(add + i, d_v - i), s);
            past ? store_past_caches(out + row + i, next) : store(out + row + i, next, d_v - i);
        }
    }
    if (past) publish_stores();
}

// The part of a chunk that all values of a head share.
struct DeltaChunk {
    float* kq;       // [k; q]: [2 n, d_k], normalized
    float* a;        // -A and the decayed q k^T: [2 n, n]
    float* carried;  // [n] e^G_t
    float* rest;     // [n] e^(G_n - G_t)
    float* beta;     // [n]
};

static inline DeltaChunk delta_chunk_at(float* memory, uint32_t d_k) {
    constexpr size_t kN = kScanChunk;
    DeltaChunk c;
    c.kq = memory;
    c.a = c.kq + 2 * kN * d_k;
    c.carried = c.a + 2 * kN * kN;
    c.rest = c.carried + kN;
    c.beta = c.rest + kN;
    return c;
}

static void delta_keys(const DeltaArgs& args) noexcept {
    const uint32_t d_k = args.d_k, n = args.rows;
    const DeltaChunk c = delta_chunk_at(args.chunks, d_k);
    float g[kScanChunk], total = 0, *k_t = args.scratch;
    for (uint32_t t = 0; t < n; ++t) {
        if (t + kDeltaRowsAhead < n) {
            ask_for_row(args.k + (t + kDeltaRowsAhead) * args.k_stride, d_k);
            ask_for_row(args.q + (t + kDeltaRowsAhead) * args.q_stride, d_k);
        }
        g[t] = total += delta_log_decay(args, t);
        c.carried[t] = expf(g[t]);
        c.beta[t] = delta_beta(args, t);
        l2_normalize(args.k + t * args.k_stride, args.eps, 1, c.kq + t * d_k, d_k);
        l2_normalize(args.q + t * args.q_stride, args.eps, 1 / sqrtf(static_cast<float>(d_k)), c.kq + (n + t) * d_k, d_k);
    }
    for (uint32_t t = 0; t < n; ++t) c.rest[t] = expf(total - g[t]);
    transpose(c.kq, d_k, n, d_k, k_t, n);
    gemm_lower(c.kq, d_k, k_t, c.a, n, d_k);
    gemm_lower(c.kq + size_t{n} * d_k, d_k, k_t, c.a + size_t{n} * n, n, d_k);
    for (uint32_t t = 0; t < n; ++t) {
        float *row = c.a + size_t{t} * n, *mix = c.a + size_t{n + t} * n;
        for (uint32_t s = 0; s <= t; s += kLanes) {
            const vf decay = exp(g[t] - load(g + s, n - s));
            store(row + s, -c.beta[t] * decay * load(row + s, n - s), n - s);
            store(mix + s, decay * load(mix + s, n - s), n - s);
        }
        for (uint32_t s = t + 1; s < n; ++s) mix[s] = 0;
    }
}

static constexpr uint32_t kDeltaRows = 8;

// u_t += sum_{s < t} a_ts u_s, one row after another. u: [rows <= kDeltaRows, d_v]; rows of a are `stride` apart.
static inline void delta_solve(const float* a, size_t stride, uint32_t rows, float* u, uint32_t d_v) {
    for (uint32_t i = 0; i < d_v; i += kLanes) {
        vf done[kDeltaRows];
#pragma GCC unroll 8
        for (uint32_t t = 0; t < kDeltaRows; ++t) {
            if (t == rows) break;
            done[t] = load(u + size_t{t} * d_v + i, d_v - i);
#pragma GCC unroll 8
            for (uint32_t s = 0; s < t; ++s) done[t] = fma(splat(a[t * stride + s]), done[s], done[t]);
            store(u + size_t{t} * d_v + i, done[t], d_v - i);
        }
    }
}

// Rows r0 .. r0 + n; state: [d_k, d_v] without gaps.
static void delta_values(const DeltaArgs& args, uint32_t r0, uint32_t n, const DeltaChunk& c, float* state, float* ks) {
    const uint32_t d_k = args.d_k, d_v = args.d_v;
    gemm(c.kq, d_k, 1, panels(state, d_v), ks, d_v, 2 * n, d_v, d_k, false);  // [k; q] S; the upper half becomes U
    // U a few rows at a time: what the rows before them add is a product of matrices.
    for (uint32_t t0 = 0; t0 < n; t0 += kDeltaRows) {
        const uint32_t t1 = t0 + kDeltaRows < n ? t0 + kDeltaRows : n;
        for (uint32_t t = t0; t < t1; ++t) {
            float* u = ks + size_t{t} * d_v;
            const float* v = args.v + (r0 + t) * args.v_stride;
            if (t + kDeltaRowsAhead < n) ask_for_row(v + kDeltaRowsAhead * args.v_stride, d_v);
            for (uint32_t i = 0; i < d_v; i += kLanes) {
                store(u + i, c.beta[t] * (load(v + i, d_v - i) - c.carried[t] * load(u + i, d_v - i)), d_v - i);
            }
            scale_row(ks + size_t{n + t} * d_v, c.carried[t], args.out + (r0 + t) * args.out_stride, d_v);
        }
        gemm(c.a + size_t{t0} * n, n, 1, panels(ks, d_v), ks + size_t{t0} * d_v, d_v, t1 - t0, d_v, t0, true);
        delta_solve(c.a + size_t{t0} * n + t0, n, t1 - t0, ks + size_t{t0} * d_v, d_v);
    }
    gemm_by_lower(c.a + size_t{n} * n, panels(ks, d_v), args.out + r0 * args.out_stride, args.out_stride, n, d_v);

    for (uint32_t s = 0; s < n; ++s) scale_row(ks + size_t{s} * d_v, c.rest[s], ks + size_t{s} * d_v, d_v);
    scale_row(state, c.carried[n - 1], state, d_k * d_v);
    gemm(c.kq, 1, d_k, panels(ks, d_v), state, d_v, d_k, d_v, n, true);
}

static void delta(const DeltaArgs& args) noexcept {
    const uint32_t d_k = args.d_k, d_v = args.d_v;
    const float* in = args.state_in;
    uint32_t r = 0;
    if (delta_chunk_rows(args.rows, 0) > 0) {
        float *state = args.scratch, *ks = state + size_t{d_k} * d_v;
        for (uint32_t x = 0; x < d_k; ++x) {
            if (in) {
                memcpy(state + x * d_v, in + x * args.state_stride, d_v * sizeof(float));
            } else {
                memset(state + x * d_v, 0, d_v * sizeof(float));
            }
        }
        float* chunk = args.chunks;
        for (uint32_t n; (n = delta_chunk_rows(args.rows, r)) > 0; r += n, chunk += delta_chunk_size(d_k)) {
            delta_values(args, r, n, delta_chunk_at(chunk, d_k), state, ks);
        }
        for (uint32_t x = 0; x < d_k; ++x) memcpy(args.state_out + x * args.state_stride, state + x * d_v, d_v * sizeof(float));
        in = args.state_out;
    }
    for (; r < args.rows; ++r, in = args.state_out) delta_row(args, r, in, args.state_out);
}
