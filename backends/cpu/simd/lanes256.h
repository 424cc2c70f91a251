// Eight floats or 32-bit integers in a 256-bit register.
#pragma once

using vfloat = __m256;
using vint = __m256i;
static constexpr int kLanes = 8;

static inline vfloat zero_f() { return _mm256_setzero_ps(); }
static inline vint zero_i() { return _mm256_setzero_si256(); }
static inline vfloat load_f(const float* p) { return _mm256_loadu_ps(p); }
static inline void store_f(float* p, vfloat a) { _mm256_storeu_ps(p, a); }
static inline vfloat broadcast_f(const float* p) { return _mm256_broadcast_ss(p); }
static inline vfloat mul(vfloat a, vfloat b) { return _mm256_mul_ps(a, b); }
static inline vfloat add(vfloat a, vfloat b) { return _mm256_add_ps(a, b); }
static inline vfloat fma(vfloat a, vfloat b, vfloat c) { return _mm256_fmadd_ps(a, b, c); }    // a * b + c
static inline vfloat fnma(vfloat a, vfloat b, vfloat c) { return _mm256_fnmadd_ps(a, b, c); }  // c - a * b
static inline vfloat to_float(vint a) { return _mm256_cvtepi32_ps(a); }
static inline vint load_i(const void* p) { return _mm256_loadu_si256(static_cast<const __m256i*>(p)); }
// The compiler would load it again for each use.
static inline vint load_once(const void* p) {
    vint a = load_i(p);
    asm("" : "+x"(a));
    return a;
}
static inline vint broadcast_i(const void* p) { return _mm256_castps_si256(_mm256_broadcast_ss(static_cast<const float*>(p))); }
static inline vint broadcast_once(const void* p) {
    vint a = broadcast_i(p);
    asm("" : "+x"(a));
    return a;
}

static inline float sum(vfloat a) {
    __m128 s = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    s = _mm_add_ps(s, _mm_movehl_ps(s, s));
    return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}

static inline float half_to_float(uint16_t h) { return _cvtsh_ss(h); }

static inline vfloat widen_f32(const void* p) { return _mm256_loadu_ps(static_cast<const float*>(p)); }
static inline vfloat widen_f16(const void* p) { return _mm256_cvtph_ps(_mm_loadu_si128(static_cast<const __m128i*>(p))); }
static inline vfloat widen_bf16(const void* p) {
    const __m256i words = _mm256_cvtepu16_epi32(_mm_loadu_si128(static_cast<const __m128i*>(p)));
    return _mm256_castsi256_ps(_mm256_slli_epi32(words, 16));
}
