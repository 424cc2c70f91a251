// Activations to the Q8 form.
#pragma once

// 32 values to a block's group g.
static void quantize_group(const float* x, Q8Block* block, int g) {
    const __m256 magnitude = _mm256_castsi256_ps(_mm256_set1_epi32(0x7fffffff));
    __m256 v[4], top = _mm256_setzero_ps();
    for (int i = 0; i < 4; ++i) {
        v[i] = _mm256_loadu_ps(x + 8 * i);
        top = _mm256_max_ps(top, _mm256_and_ps(v[i], magnitude));
    }
    __m128 m = _mm_max_ps(_mm256_castps256_ps128(top), _mm256_extractf128_ps(top, 1));
    m = _mm_max_ps(m, _mm_movehl_ps(m, m));
    m = _mm_max_ss(m, _mm_movehdup_ps(m));
    const float largest = _mm_cvtss_f32(m);
    const float scale = largest / 127.0f;
    const __m256 inverse = _mm256_set1_ps(largest > 1e-30f ? 127.0f / largest : 0.0f);

    __m256i q[4];
    for (int i = 0; i < 4; ++i) q[i] = _mm256_cvtps_epi32(_mm256_mul_ps(v[i], inverse));
    // Sums of 16 first: the packs mix the lanes.
    __m128i sums[2];
    for (int h = 0; h < 2; ++h) {
        const __m256i s = _mm256_add_epi32(q[2 * h], q[2 * h + 1]);
        __m128i t = _mm_add_epi32(_mm256_castsi256_si128(s), _mm256_extracti128_si256(s, 1));
        t = _mm_add_epi32(t, _mm_shuffle_epi32(t, 0x4e));
        sums[h] = _mm_add_epi32(t, _mm_shuffle_epi32(t, 0xb1));
    }
    const __m256i packed = _mm256_packs_epi16(_mm256_packs_epi32(q[0], q[1]), _mm256_packs_epi32(q[2], q[3]));
    const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(block->codes + 32 * g), _mm256_permutevar8x32_epi32(packed, order));

    const int low = _mm_cvtsi128_si32(sums[0]), high = _mm_cvtsi128_si32(sums[1]);
    block->scale[g] = scale;
    block->sum16[2 * g] = low;
    block->sum16[2 * g + 1] = high;
    block->short16[2 * g] = static_cast<int16_t>(low);
    block->short16[2 * g + 1] = static_cast<int16_t>(high);
    block->sum32[g] = low + high;
}
