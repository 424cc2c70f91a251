// What the scans share. Within a chunk of rows a scan is a few small matrix products: the decay from row s to row t >= s is
// exp(G_t - G_s), G being the sum of the log decays.
#pragma once

static inline float softplus(float x) { return x > 20 ? x : log1pf(expf(x)); }

static inline void scale_row(const float* x, float factor, float* y, uint32_t n) {
    for (uint32_t i = 0; i < n; i += kLanes) store(y + i, load(x + i, n - i) * factor, n - i);
}

// y += factor * x
static inline void add_scaled(const float* x, float factor, float* y, uint32_t n) {
    const vf f = splat(factor);
    for (uint32_t i = 0; i < n; i += kLanes) store(y + i, fma(load(x + i, n - i), f, load(y + i, n - i)), n - i);
}

static inline float dot(const float* x, const float* y, uint32_t n) {
    vf total[2] = {};
    uint32_t i = 0;
    for (; i + 2 * kLanes <= n; i += 2 * kLanes) {
        for (uint32_t j = 0; j < 2; ++j) total[j] = fma(load(x + i + j * kLanes), load(y + i + j * kLanes), total[j]);
    }
    for (; i < n; i += kLanes) total[0] = fma(load(x + i, n - i), load(y + i, n - i), total[0]);
    return sum(total[0] + total[1]);
}

// C[n, n] = A[n, k] B[k, n] without all that is above the diagonal; rows of A are rs apart.
static inline void gemm_lower(const float* a, size_t rs, const float* b, float* c, size_t n, size_t k) {
    for (size_t j = 0; j < n; j += kGemmCols) {
        gemm(a + j * rs, rs, 1, panels(b + j, n), c + j * n + j, n, n - j, n - j < kGemmCols ? n - j : kGemmCols, k, false);
    }
}

// C[n, m] += L[n, n] B[n, m], L being zero above the diagonal.
static inline void gemm_by_lower(const float* l, const Panels& b, float* c, size_t ldc, size_t n, size_t m) {
    constexpr size_t kRows = 2 * kGemmRows;
    for (size_t i = 0; i < n; i += kRows) {
        const size_t rows = n - i < kRows ? n - i : kRows;
        gemm(l + i * n, n, 1, b, c + i * ldc, ldc, rows, m, i + rows, true);
    }
}
