// Scales, minima and sums as integers of 16 bits with a unit.
#pragma once

// Minima and sums of activations become integers; sums of their products have 32 bits.
static constexpr float kLargestMin = 8191, kLargestSum = 16383;
static_assert(16 * kLargestMin * kLargestSum < 2147483647.0f);

static inline float highest_or_nan(vfloat v) { return _mm256_movemask_ps(_mm256_cmp_ps(v, v, _CMP_UNORD_Q)) != 0 ? __builtin_nanf("") : highest(v); }

// n values, a multiple of 8, as whole numbers up to `top`. Returns their unit.
static inline float to_whole(const float* values, int n, float top, int16_t* whole) {
    vfloat most = zero_f(), odd = zero_f();
    for (int i = 0; i < n; i += kLanes) {
        const vfloat v = load_f(values + i);
        most = _mm256_max_ps(most, _mm256_andnot_ps(_mm256_set1_ps(-0.0f), v));
        odd = _mm256_or_ps(odd, _mm256_cmp_ps(v, v, _CMP_UNORD_Q));
    }
    const float largest = highest_or_nan(_mm256_or_ps(most, odd));
    const vfloat inverse = _mm256_set1_ps(largest > 1e-30f ? top / largest : 0.0f);
    for (int i = 0; i < n; i += kLanes) {
        const __m256i v = _mm256_cvtps_epi32(mul(load_f(values + i), inverse));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(whole + i), _mm_packs_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1)));
    }
    return largest / top;
}

// values[i]: the i-th ones of eight rows.
template <int kCount>
static inline void columns_of(const float (&rows)[8][16], vfloat (&values)[kCount]) {
#pragma GCC unroll 4
    for (int first = 0; first < kCount; first += 4) {
        __m256i fours[4], quads[4];
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i) fours[i] = halves(load_half(rows[i] + first), load_half(rows[i + 4] + first));
        transpose_quads(fours, quads);
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i) values[first + i] = _mm256_castsi256_ps(quads[i]);
    }
}

// The scales, and minima where the codec has some, of 32 * groups values of eight rows, group by group; zeros up to 256.
template <typename Codec>
static inline void scale_columns(const uint8_t* const* rows, int groups, vfloat (&scale)[256 / Codec::kGroup], vfloat (&min)[256 / Codec::kGroup]) {
    alignas(32) float scales[8][16], mins[8][16];
    for (int i = 0; i < 8; ++i) block_scales<Codec>(rows[i], groups, scales[i], mins[i]);
    columns_of(scales, scale);
    if constexpr (Codec::kMin) columns_of(mins, min);
}

// By what each row's values, up to `largest`, are multiplied to be numbers up to `top`: nothing if they hardly are any, or if one is NaN.
static inline vfloat factor_up_to(float top, vfloat largest) {
    const vfloat some = _mm256_cmp_ps(largest, _mm256_set1_ps(1e-30f), _CMP_GT_OQ);
    return _mm256_and_ps(some, _mm256_div_ps(_mm256_set1_ps(top), largest));
}

// Each row's values as whole numbers up to `top`. Returns their units.
template <int kCount, int kRoom>
static inline vfloat to_whole(const vfloat (&values)[kCount], float top, __m256i (&whole)[kRoom]) {
    static_assert(kCount <= kRoom);
    vfloat largest = zero_f(), odd = zero_f();
#pragma GCC unroll 16
    for (int i = 0; i < kCount; ++i) {
        largest = _mm256_max_ps(largest, _mm256_andnot_ps(_mm256_set1_ps(-0.0f), values[i]));
        odd = _mm256_or_ps(odd, _mm256_cmp_ps(values[i], values[i], _CMP_UNORD_Q));
    }
    largest = _mm256_or_ps(largest, odd);
    const vfloat inverse = factor_up_to(top, largest);
#pragma GCC unroll 16
    for (int i = 0; i < kCount; ++i) whole[i] = _mm256_cvtps_epi32(mul(values[i], inverse));
    return mul(largest, _mm256_set1_ps(1.0f / top));
}

// Two numbers of 16 bits in each lane.
static inline void store_both(int32_t* to, __m256i first, __m256i second) {
    _mm256_store_si256(reinterpret_cast<__m256i*>(to), _mm256_blend_epi16(first, _mm256_slli_epi32(second, 16), 0xaa));
}
