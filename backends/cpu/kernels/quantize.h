// Activations to the Q8 form.
#pragma once

static inline int32_t sum(__m256i a) {
    __m128i s = _mm_add_epi32(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
    s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4e));
    return _mm_cvtsi128_si32(_mm_add_epi32(s, _mm_shuffle_epi32(s, 0xb1)));
}

static inline float highest(__m256 a) {
    __m128 m = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    m = _mm_max_ps(m, _mm_movehl_ps(m, m));
    return _mm_cvtss_f32(_mm_max_ss(m, _mm_movehdup_ps(m)));
}

// 32 integers as bytes.
static inline u8x32 pack_codes(__m256i a, __m256i b, __m256i c, __m256i d) {
    const __m256i packed = _mm256_packs_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
    return {_mm256_permutevar8x32_epi32(packed, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7))};
}

// 32 values to a block's group g.
static void quantize_group(const float* x, Q8Block* block, int g) {
    const __m256 magnitude = _mm256_castsi256_ps(_mm256_set1_epi32(0x7fffffff));
    __m256 v[4], top = _mm256_setzero_ps();
    for (int i = 0; i < 4; ++i) {
        v[i] = _mm256_loadu_ps(x + 8 * i);
        top = _mm256_max_ps(top, _mm256_and_ps(v[i], magnitude));
    }
    const float largest = highest(top);
    const float scale = largest / 127.0f;
    const __m256 inverse = _mm256_set1_ps(largest > 1e-30f ? 127.0f / largest : 0.0f);

    __m256i q[4];
    for (int i = 0; i < 4; ++i) q[i] = _mm256_cvtps_epi32(_mm256_mul_ps(v[i], inverse));
    const int low = sum(_mm256_add_epi32(q[0], q[1])), high = sum(_mm256_add_epi32(q[2], q[3]));  // before the packs mix the lanes
    store32(reinterpret_cast<uint8_t*>(block->codes + 32 * g), pack_codes(q[0], q[1], q[2], q[3]));

    block->scale[g] = scale;
    block->sum16[2 * g] = low;
    block->sum16[2 * g + 1] = high;
    block->short16[2 * g] = static_cast<int16_t>(low);
    block->short16[2 * g + 1] = static_cast<int16_t>(high);
    block->sum32[g] = low + high;
    block->sum[g] = static_cast<float>(low + high) * scale;
}
