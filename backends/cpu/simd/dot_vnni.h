// Products of unsigned and signed bytes with VNNI: four at a time are added to 32 bits.
#pragma once

// How linear_bytes.h holds a format's codes: as unsigned bytes; signed ones get 128 added.
template <typename Codec>
struct Packed {
    static constexpr int kBias = Codec::kKind != Codes::Unsigned ? 128 : Codec::kZero;
};

#if defined(__AVX512VNNI__)
static inline __m512i dpbusd(__m512i sum, __m512i a, __m512i x) { return _mm512_dpbusd_epi32(sum, a, x); }
static inline __m256i dpbusd(__m256i sum, __m256i a, __m256i x) { return _mm256_dpbusd_epi32(sum, a, x); }
#else
static inline __m256i dpbusd(__m256i sum, __m256i a, __m256i x) { return _mm256_dpbusd_avx_epi32(sum, a, x); }
#endif

// Sums of the products of four neighbours.
static inline __m256i dot_quads(__m256i a, __m256i x) { return dpbusd(_mm256_setzero_si256(), a, x); }

// The same of two pairs of factors, added.
template <typename P>
static inline __m256i dot_quads(__m256i a, __m256i x, __m256i b, __m256i y) { return dpbusd(dot_quads(a, x), b, y); }

// sum[v][c] = the dot products of kCount times four codes of kVecs * kLanes rows with kCols activations.
// codes: [step][row][4]; x: codes of the same values; bias: what is added.
template <typename P, int kVecs, int kCols, int kCount>
static inline __attribute__((always_inline)) void dot_steps(const uint8_t* codes, size_t step_bytes,
                                                            const int8_t* const (&x)[kCols], const int32_t* const (&bias)[kCols],
                                                            vint (&sum)[kVecs][kCols]) {
#pragma GCC unroll 8
    for (int c = 0; c < kCols; ++c) {
        const vint first = P::kBias != 0 ? broadcast_i(bias[c]) : zero_i();
#pragma GCC unroll 4
        for (int v = 0; v < kVecs; ++v) sum[v][c] = first;
    }
#pragma GCC unroll 8
    for (int s = 0; s < kCount; ++s) {
        vint w[kVecs];
#pragma GCC unroll 4
        for (int v = 0; v < kVecs; ++v) w[v] = load_i(codes + static_cast<size_t>(s) * step_bytes + sizeof(vint) * v);
#pragma GCC unroll 8
        for (int c = 0; c < kCols; ++c) {
            const vint a = broadcast_i(x[c] + 4 * s);
#pragma GCC unroll 4
            for (int v = 0; v < kVecs; ++v) sum[v][c] = dpbusd(sum[v][c], w[v], a);
        }
    }
}
