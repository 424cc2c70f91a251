// lanes256.h's names for sixteen floats or 32-bit integers in a 512-bit register.
#pragma once

using vfloat = __m512;
using vint = __m512i;
static constexpr int kLanes = 16;

static inline vfloat zero_f() { return _mm512_setzero_ps(); }
static inline vint zero_i() { return _mm512_setzero_si512(); }
static inline vfloat load_f(const float* p) { return _mm512_loadu_ps(p); }
static inline void store_f(float* p, vfloat a) { _mm512_storeu_ps(p, a); }
static inline vfloat broadcast_f(const float* p) { return _mm512_set1_ps(*p); }
static inline vfloat mul(vfloat a, vfloat b) { return _mm512_mul_ps(a, b); }
static inline vfloat add(vfloat a, vfloat b) { return _mm512_add_ps(a, b); }
static inline vfloat fma(vfloat a, vfloat b, vfloat c) { return _mm512_fmadd_ps(a, b, c); }    // a * b + c
static inline vfloat fnma(vfloat a, vfloat b, vfloat c) { return _mm512_fnmadd_ps(a, b, c); }  // c - a * b
static inline vfloat to_float(vint a) { return _mm512_cvtepi32_ps(a); }
static inline vint load_i(const void* p) { return _mm512_loadu_si512(p); }
static inline vint broadcast_i(const void* p) {
    int32_t v;
    memcpy(&v, p, sizeof v);
    return _mm512_set1_epi32(v);
}

static inline float sum(vfloat a) { return _mm512_reduce_add_ps(a); }

static inline float half_to_float(uint16_t h) { return _cvtsh_ss(h); }

static inline vfloat widen_f32(const void* p) { return _mm512_loadu_ps(p); }
static inline vfloat widen_f16(const void* p) { return _mm512_cvtph_ps(_mm256_loadu_si256(static_cast<const __m256i*>(p))); }
static inline vfloat widen_bf16(const void* p) {
    const __m512i words = _mm512_cvtepu16_epi32(_mm256_loadu_si256(static_cast<const __m256i*>(p)));
    return _mm512_castsi512_ps(_mm512_slli_epi32(words, 16));
}
