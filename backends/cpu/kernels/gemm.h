// Small products of float matrices that lie in the cache: C[m, n] (+)= A[m, k] B[k, n]; element (i, p) of A is a[i * rs + p * cs].
#pragma once

static constexpr int kGemmRows = kLanes == 16 ? 12 : 6;
static constexpr size_t kGemmCols = 2 * kLanes;
static_assert(kGemmCols <= kWidestPanel);

// B in panels of kGemmCols columns; element (p, j) is data[j / kGemmCols * panel + p * row + j % kGemmCols].
struct Panels {
    const float* data;
    size_t row, panel;
};
// A matrix as it is, rows of `stride` values.
static inline Panels panels(const float* b, size_t stride) { return {b, stride, kGemmCols}; }
// Panels one behind the other, of `rows` rows each: rows that are a power of two apart would fall into few sets of the cache.
static inline Panels packed_panels(const float* b, size_t rows) { return {b, kGemmCols, rows * kGemmCols}; }
static inline size_t in_packed_panels(size_t p, size_t j, size_t rows) {
    return j / kGemmCols * rows * kGemmCols + p * kGemmCols + j % kGemmCols;
}

static inline size_t whole_panels(size_t n) { return (n + kGemmCols - 1) / kGemmCols * kGemmCols; }

template <int kRows, int kVecs>
static inline void gemm_tile(const float* a, size_t rs, size_t cs, const float* b, size_t ldb, float* c, size_t ldc, size_t k,
                             bool add, size_t n) {
    // Unrolled, or the sums would live in memory.
    vf acc[kRows][kVecs];
#pragma GCC unroll 12
    for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
        for (int v = 0; v < kVecs; ++v) acc[i][v] = vf{};
    }
    for (size_t p = 0; p < k; ++p) {
        vf bv[kVecs];
#pragma GCC unroll 2
        for (int v = 0; v < kVecs; ++v) bv[v] = load(b + p * ldb + v * kLanes, n - v * kLanes);
#pragma GCC unroll 12
        for (int i = 0; i < kRows; ++i) {
            const vf av = splat(a[i * rs + p * cs]);
#pragma GCC unroll 2
            for (int v = 0; v < kVecs; ++v) acc[i][v] = fma(av, bv[v], acc[i][v]);
        }
    }
#pragma GCC unroll 12
    for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
        for (int v = 0; v < kVecs; ++v) {
            float* out = c + i * ldc + v * kLanes;
            const size_t left = n - v * kLanes;
            store(out, add ? load(out, left) + acc[i][v] : acc[i][v], left);
        }
    }
}

// n <= kGemmCols columns: a panel of B stays in the first cache while A goes by.
template <int kVecs>
static inline void gemm_panel(const float* a, size_t rs, size_t cs, const float* b, size_t ldb, float* c, size_t ldc, size_t m, size_t k,
                              bool add, size_t n) {
    size_t i = 0;
    // The last eight rows are two fours rather than six and two by themselves, each of which waits for its own sums.
    for (; i + kGemmRows <= m && m - i != 8; i += kGemmRows) gemm_tile<kGemmRows, kVecs>(a + i * rs, rs, cs, b, ldb, c + i * ldc, ldc, k, add, n);
    for (; i + 4 <= m; i += 4) gemm_tile<4, kVecs>(a + i * rs, rs, cs, b, ldb, c + i * ldc, ldc, k, add, n);
    for (; i < m; ++i) gemm_tile<1, kVecs>(a + i * rs, rs, cs, b, ldb, c + i * ldc, ldc, k, add, n);
}

static void gemm(const float* a, size_t rs, size_t cs, const Panels& b, float* c, size_t ldc, size_t m, size_t n, size_t k, bool add) {
    for (size_t j = 0; j < n; j += kGemmCols) {
        const float* panel = b.data + j / kGemmCols * b.panel;
        const size_t left = n - j;
        if (left >= kGemmCols) {
            gemm_panel<2>(a, rs, cs, panel, b.row, c + j, ldc, m, k, add, kGemmCols);
        } else if (left > kLanes) {
            gemm_panel<1>(a, rs, cs, panel, b.row, c + j, ldc, m, k, add, kLanes);
            gemm_panel<1>(a, rs, cs, panel + kLanes, b.row, c + j + kLanes, ldc, m, k, add, left - kLanes);
        } else if (left == kLanes) {
            gemm_panel<1>(a, rs, cs, panel, b.row, c + j, ldc, m, k, add, kLanes);
        } else {
            gemm_panel<1>(a, rs, cs, panel, b.row, c + j, ldc, m, k, add, left);
        }
    }
}
