#pragma once
// Vectors of kLanes floats, as wide as the instruction set has them. Included inside the namespace of one instruction set.

#if defined(__AVX512F__)
static constexpr int kLanes = 16;
#elif defined(__AVX2__)
static constexpr int kLanes = 8;
#else
static constexpr int kLanes = 4;
#endif

typedef float vf __attribute__((vector_size(kLanes * 4)));
typedef int32_t vi __attribute__((vector_size(kLanes * 4)));
typedef float vf_any __attribute__((vector_size(kLanes * 4), aligned(4), may_alias));
typedef uint16_t vh_any __attribute__((vector_size(kLanes * 2), aligned(2), may_alias));

static inline vf load(const float* p) { return *reinterpret_cast<const vf_any*>(p); }
static inline void store(float* p, vf v) { *reinterpret_cast<vf_any*>(p) = v; }
// Stores that do not read the line first and leave nothing in the caches; other threads see them after publish_stores().
static inline bool can_store_past_caches(const float* p) { return reinterpret_cast<uintptr_t>(p) % sizeof(vf) == 0; }
static inline void store_past_caches(float* p, vf v) {
#if defined(__AVX512F__)
    _mm512_stream_ps(p, v);
#elif defined(__AVX2__)
    _mm256_stream_ps(p, v);
#else
    store(p, v);
#endif
}
static inline void publish_stores() {
#if defined(__AVX2__)
    _mm_sfence();
#endif
}

static inline vf splat(float x) { return x - vf{}; }

static inline vf fma(vf a, vf b, vf c) {
#if defined(__AVX512F__)
    return _mm512_fmadd_ps(a, b, c);
#elif defined(__AVX2__)
    return _mm256_fmadd_ps(a, b, c);
#else
    return a * b + c;
#endif
}

// The second operand where either is NaN.
static inline vf max(vf a, vf b) { return a > b ? a : b; }
static inline vf min(vf a, vf b) { return a < b ? a : b; }

#if defined(__AVX512F__)
static inline float sum(vf v) { return _mm512_reduce_add_ps(v); }
static inline float highest(vf v) { return _mm512_reduce_max_ps(v); }
#elif defined(__AVX2__)
static inline float sum(vf v) {
    __m128 x = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    x = _mm_add_ps(x, _mm_movehl_ps(x, x));
    return _mm_cvtss_f32(_mm_add_ss(x, _mm_movehdup_ps(x)));
}
static inline float highest(vf v) {
    __m128 x = _mm_max_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps(v, 1));
    x = _mm_max_ps(x, _mm_movehl_ps(x, x));
    return _mm_cvtss_f32(_mm_max_ss(x, _mm_movehdup_ps(x)));
}
#else
static inline float sum(vf v) { return (v[0] + v[2]) + (v[1] + v[3]); }
static inline float highest(vf v) {
    float m = v[0];
    for (int i = 1; i < kLanes; ++i) m = v[i] > m ? v[i] : m;
    return m;
}
#endif

static inline float half_bits_to_float(uint16_t h) {
#if defined(__F16C__)
    return _cvtsh_ss(h);
#else
    // Shifted into place the exponent is 112 too small; the multiplication puts subnormals right, too.
    uint32_t bits = static_cast<uint32_t>(h & 0x7fff) << 13;
    float v;
    memcpy(&v, &bits, sizeof v);
    v *= 0x1p112f;
    memcpy(&bits, &v, sizeof v);
    if ((h & 0x7c00) == 0x7c00) bits |= 0x7f800000;
    bits |= static_cast<uint32_t>(h & 0x8000) << 16;
    memcpy(&v, &bits, sizeof v);
    return v;
#endif
}

static inline uint16_t float_to_half_bits(float x) {
#if defined(__F16C__)
    return static_cast<uint16_t>(_cvtss_sh(x, 0));
#else
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    const auto sign = static_cast<uint16_t>(bits >> 16 & 0x8000);
    bits &= 0x7fffffff;
    if (bits > 0x7f800000) return static_cast<uint16_t>(sign | 0x7e00);
    if (bits >= 0x47800000) return static_cast<uint16_t>(sign | 0x7c00);
    if (bits < 0x38800000) {  // subnormal: the addition rounds to units of 2^-24
        float v;
        memcpy(&v, &bits, sizeof v);
        v += 0.5f;
        memcpy(&bits, &v, sizeof v);
        return static_cast<uint16_t>(sign | (bits - 0x3f000000));
    }
    bits += 0xfff + (bits >> 13 & 1);  // to nearest, ties to even
    return static_cast<uint16_t>(sign | ((bits - 0x38000000) >> 13));
#endif
}

static inline vf load_half(const uint16_t* p) {
#if defined(__AVX512F__)
    return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)));
#elif defined(__AVX2__)
    return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)));
#else
    vf v;
    for (int i = 0; i < kLanes; ++i) v[i] = half_bits_to_float(p[i]);
    return v;
#endif
}

static inline vf load(const uint16_t* p) { return load_half(p); }

static inline void store_half(uint16_t* p, vf v) {
#if defined(__AVX512F__)
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtps_ph(v, 0));
#elif defined(__AVX2__)
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_cvtps_ph(v, 0));
#else
    for (int i = 0; i < kLanes; ++i) p[i] = float_to_half_bits(v[i]);
#endif
}

// e^x with a relative error below 2e-7; 0 below -87.3, infinity above 88, NaN for NaN.
static inline vf exp(vf x) {
    const vf low = splat(-87.3f), high = splat(88);
    vf y = min(high, max(low, x));  // keeps NaN
    // x = n ln 2 + r with |r| <= ln 2 / 2; adding 1.5 * 2^23 rounds to an integer
    const vf magic = splat(12582912.0f);
    const vf shifted = fma(y, splat(1.44269504f), magic);
    const vf n = shifted - magic;
    vf r = fma(n, splat(-0.693359375f), y);
    r = fma(n, splat(2.12194440e-4f), r);
    vf p = splat(1.9875691500e-4f);  // Cephes expf
    p = fma(p, r, splat(1.3981999507e-3f));
    p = fma(p, r, splat(8.3334519073e-3f));
    p = fma(p, r, splat(4.1665795894e-2f));
    p = fma(p, r, splat(1.6666665459e-1f));
    p = fma(p, r, splat(5.0000001201e-1f));
    p = fma(p, r * r, r) + 1;
#if defined(__AVX512F__)
    p = _mm512_scalef_ps(p, n);
#else
    p *= (vf)(((vi)shifted - (0x4b400000 - 127)) << 23);  // 2^n
#endif
    p = x < low ? vf{} : p;
    return x > high ? splat(INFINITY) : p;
}

static inline vf sigmoid(vf x) { return 1 / (1 + exp(-x)); }
static inline vf tanh(vf x) { return 1 - 2 / (exp(2 * x) + 1); }
