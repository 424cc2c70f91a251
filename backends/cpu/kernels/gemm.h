// Small products of float matrices that lie in the cache: C[m, n] (+)= A[m, k] B[k, n]; element (i, p) of A is a[i * rs + p * cs].
#pragma once

static constexpr int kGemmRows = kLanes == 16 ? 12 : 6;

template <int kRows, int kVecs>
static inline void gemm_tile(const float* a, size_t rs, size_t cs, const float* b, size_t ldb, float* c, size_t ldc, size_t k,
                             bool add, size_t n) {
    vf acc[kRows][kVecs] = {};
    for (size_t p = 0; p < k; ++p) {
        vf bv[kVecs];
        for (int v = 0; v < kVecs; ++v) bv[v] = load(b + p * ldb + v * kLanes, n - v * kLanes);
        for (int i = 0; i < kRows; ++i) {
            const vf av = splat(a[i * rs + p * cs]);
            for (int v = 0; v < kVecs; ++v) acc[i][v] = fma(av, bv[v], acc[i][v]);
        }
    }
    for (int i = 0; i < kRows; ++i) {
        for (int v = 0; v < kVecs; ++v) {
            float* out = c + i * ldc + v * kLanes;
            const size_t left = n - v * kLanes;
            store(out, add ? load(out, left) + acc[i][v] : acc[i][v], left);
        }
    }
}

template <int kRows>
static inline void gemm_rows(const float* a, size_t rs, size_t cs, const float* b, size_t ldb, float* c, size_t ldc, size_t k,
                             bool add, size_t n) {
    size_t j = 0;
    for (; j + 2 * kLanes <= n; j += 2 * kLanes) gemm_tile<kRows, 2>(a, rs, cs, b + j, ldb, c + j, ldc, k, add, 2 * kLanes);
    for (; j < n; j += kLanes) {
        if (n - j >= kLanes) {
            gemm_tile<kRows, 1>(a, rs, cs, b + j, ldb, c + j, ldc, k, add, kLanes);
        } else {
            gemm_tile<kRows, 1>(a, rs, cs, b + j, ldb, c + j, ldc, k, add, n - j);
        }
    }
}

static void gemm(const float* a, size_t rs, size_t cs, const float* b, size_t ldb, float* c, size_t ldc, size_t m, size_t n, size_t k,
                 bool add) {
    size_t i = 0;
    for (; i + kGemmRows <= m; i += kGemmRows) gemm_rows<kGemmRows>(a + i * rs, rs, cs, b, ldb, c + i * ldc, ldc, k, add, n);
    for (; i + 4 <= m; i += 4) gemm_rows<4>(a + i * rs, rs, cs, b, ldb, c + i * ldc, ldc, k, add, n);
    for (; i < m; ++i) gemm_rows<1>(a + i * rs, rs, cs, b, ldb, c + i * ldc, ldc, k, add, n);
}
