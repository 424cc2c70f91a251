// Products of unsigned and signed bytes without VNNI: pairs are summed in 16 bits, then in 32.
#pragma once

// How linear_mat.h holds a format's codes: as unsigned bytes; signed ones get kBias added.
template <typename Codec>
struct Packed {
    static constexpr bool kSigned = Codec::kKind != Codes::Unsigned;
    static constexpr int kBias = kSigned ? Codec::kMax : Codec::kZero;
    // Products of so many four-byte steps fit into 16 bits: a power of two.
    static constexpr int kFit = 32767 / (2 * 127 * (kSigned ? 2 * Codec::kMax : Codec::kMax));
    static constexpr int kSteps = kFit >= 8 ? 8 : kFit >= 4 ? 4 : kFit >= 2 ? 2 : 1;
};

// Sums of the products of four neighbours.
static inline __m256i dot_quads(__m256i a, __m256i x) { return _mm256_madd_epi16(_mm256_maddubs_epi16(a, x), _mm256_set1_epi16(1)); }

// The same of two pairs of factors, added. kFit: the sums of how many products of each fit into 16 bits.
template <typename P>
static inline __m256i dot_quads(__m256i a, __m256i x, __m256i b, __m256i y) {
    if constexpr (P::kFit < 2) return _mm256_add_epi32(dot_quads(a, x), dot_quads(b, y));
    return _mm256_madd_epi16(_mm256_add_epi16(_mm256_maddubs_epi16(a, x), _mm256_maddubs_epi16(b, y)), _mm256_set1_epi16(1));
}

// sum[v][c] = the dot products of kCount times four codes of kVecs * kLanes rows with kCols activations.
// codes: [step][row][4]; x: codes of the same values; bias: what is added.
template <typename P, int kVecs, int kCols, int kCount>
static inline __attribute__((always_inline)) void dot_steps(const uint8_t* codes, size_t step_bytes,
                                                            const int8_t* const (&x)[kCols], const int32_t* const (&bias)[kCols],
                                                            vint (&sum)[kVecs][kCols]) {
    constexpr int kSteps = P::kSteps < kCount ? P::kSteps : kCount;
#pragma GCC unroll 8
    for (int first = 0; first < kCount; first += kSteps) {
        vint pairs[kVecs][kCols];
#pragma GCC unroll 8
        for (int s = first; s < first + kSteps; ++s) {
            vint w[kVecs];
#pragma GCC unroll 4
            for (int v = 0; v < kVecs; ++v) w[v] = load_i(codes + static_cast<size_t>(s) * step_bytes + sizeof(vint) * v);
#pragma GCC unroll 8
            for (int c = 0; c < kCols; ++c) {
                const vint a = broadcast_i(x[c] + 4 * s);
#pragma GCC unroll 4
                for (int v = 0; v < kVecs; ++v) {
                    const vint p = _mm256_maddubs_epi16(w[v], a);
                    pairs[v][c] = s == first ? p : _mm256_add_epi16(pairs[v][c], p);
                }
            }
        }
#pragma GCC unroll 8
        for (int c = 0; c < kCols; ++c) {
#pragma GCC unroll 4
            for (int v = 0; v < kVecs; ++v) {
                const vint quads = _mm256_madd_epi16(pairs[v][c], _mm256_set1_epi16(1));
                if (first > 0 || P::kBias != 0) {
                    sum[v][c] = _mm256_add_epi32(first == 0 ? broadcast_i(bias[c]) : sum[v][c], quads);
                } else {
                    sum[v][c] = quads;
                }
            }
        }
    }
}
