// Products of unsigned and signed bytes without VNNI: pairs are summed in 16 bits, then in 32.
#pragma once

template <typename Codec>
struct Packed {
    static constexpr int kFit = 32767 / (2 * 127 * Codec::kMax);  // sums of so many pairs of products fit into 16 bits
};

// Sums of the products of four neighbours.
static inline __m256i dot_quads(__m256i a, __m256i x) { return _mm256_madd_epi16(_mm256_maddubs_epi16(a, x), _mm256_set1_epi16(1)); }

// The same of two pairs of factors, added.
template <typename P>
static inline __m256i dot_quads(__m256i a, __m256i x, __m256i b, __m256i y) {
    if constexpr (P::kFit < 2) return _mm256_add_epi32(dot_quads(a, x), dot_quads(b, y));
    return _mm256_madd_epi16(_mm256_add_epi16(_mm256_maddubs_epi16(a, x), _mm256_maddubs_epi16(b, y)), _mm256_set1_epi16(1));
}
