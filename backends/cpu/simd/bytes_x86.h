#pragma once
// bytes_scalar.h's 32 bytes in two 128-bit registers: most formats make each half from other bits, and the sums of the halves can
// be added before they are widened.

struct u8x32 {
    __m128i low, high;
};

static inline __m128i load_half(const void* p) { return _mm_loadu_si128(static_cast<const __m128i*>(p)); }
static inline u8x32 load32(const uint8_t* p) { return {load_half(p), load_half(p + 16)}; }
static inline u8x32 load16(const uint8_t* low, const uint8_t* high) { return {load_half(low), load_half(high)}; }
static inline void store32(uint8_t* p, u8x32 a) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), a.low);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p + 16), a.high);
}
static inline u8x32 fill(int value) {
    const __m128i v = _mm_set1_epi8(static_cast<char>(value));
    return {v, v};
}

static inline u8x32 operator&(u8x32 a, u8x32 b) { return {_mm_and_si128(a.low, b.low), _mm_and_si128(a.high, b.high)}; }
static inline u8x32 operator|(u8x32 a, u8x32 b) { return {_mm_or_si128(a.low, b.low), _mm_or_si128(a.high, b.high)}; }
static inline u8x32 operator+(u8x32 a, u8x32 b) { return {_mm_add_epi8(a.low, b.low), _mm_add_epi8(a.high, b.high)}; }
static inline u8x32 operator-(u8x32 a, u8x32 b) { return {_mm_sub_epi8(a.low, b.low), _mm_sub_epi8(a.high, b.high)}; }

static inline __m128i mul_bytes(__m128i a, __m128i b) {
    const __m128i even = _mm_mullo_epi16(a, b), odd = _mm_mullo_epi16(_mm_srli_epi16(a, 8), _mm_srli_epi16(b, 8));
    return _mm_or_si128(_mm_and_si128(even, _mm_set1_epi16(0xff)), _mm_slli_epi16(odd, 8));
}
static inline u8x32 operator*(u8x32 a, u8x32 b) { return {mul_bytes(a.low, b.low), mul_bytes(a.high, b.high)}; }

static inline u8x32 field(u8x32 a, int shift, int bits) {
    return u8x32{_mm_srli_epi16(a.low, shift), _mm_srli_epi16(a.high, shift)} & fill((1 << bits) - 1);
}
static inline u8x32 field_at(u8x32 a, int shift, int bits, int to) {
    const u8x32 moved = to >= shift ? u8x32{_mm_slli_epi16(a.low, to - shift), _mm_slli_epi16(a.high, to - shift)}
                                    : u8x32{_mm_srli_epi16(a.low, shift - to), _mm_srli_epi16(a.high, shift - to)};
    return moved & fill(((1 << bits) - 1) << to);
}
static inline u8x32 at_least(u8x32 a, u8x32 b) {
    return {_mm_cmpeq_epi8(_mm_max_epu8(a.low, b.low), a.low), _mm_cmpeq_epi8(_mm_max_epu8(a.high, b.high), a.high)};
}
static inline u8x32 nibbles16(const uint8_t* p) {
    const __m128i both = load_half(p);
    return u8x32{both, _mm_srli_epi16(both, 4)} & fill(15);
}
static inline u8x32 lookup16(const int8_t* table, u8x32 index) {
    const __m128i t = load_half(table);
    return {_mm_shuffle_epi8(t, index.low), _mm_shuffle_epi8(t, index.high)};
}
static inline u8x32 expand_bits(uint32_t bits) {
    const __m128i all = _mm_cvtsi32_si128(static_cast<int>(bits));
    const __m128i bit = _mm_set1_epi64x(static_cast<long long>(0x8040201008040201));
    const __m128i low = _mm_shuffle_epi8(all, _mm_set_epi64x(0x0101010101010101, 0));
    const __m128i high = _mm_shuffle_epi8(all, _mm_set_epi64x(0x0303030303030303, 0x0202020202020202));
    return {_mm_cmpeq_epi8(_mm_and_si128(low, bit), bit), _mm_cmpeq_epi8(_mm_and_si128(high, bit), bit)};
}
static inline u8x32 words(uint64_t a, uint64_t b, uint64_t c, uint64_t d) {
    return {_mm_set_epi64x(static_cast<long long>(b), static_cast<long long>(a)),
            _mm_set_epi64x(static_cast<long long>(d), static_cast<long long>(c))};
}
static inline u8x32 repeat4(const uint8_t* p) {
    const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(p));
    return {_mm_shuffle_epi8(bytes, _mm_setr_epi32(0, 0x01010101, 0x02020202, 0x03030303)),
            _mm_shuffle_epi8(bytes, _mm_setr_epi32(0x04040404, 0x05050505, 0x06060606, 0x07070707))};
}
static inline u8x32 swap_middle(u8x32 a) { return {_mm_unpacklo_epi64(a.low, a.high), _mm_unpackhi_epi64(a.low, a.high)}; }
static inline u8x32 negate_if(u8x32 a, u8x32 mask) {
    return {_mm_sub_epi8(_mm_xor_si128(a.low, mask.low), mask.low), _mm_sub_epi8(_mm_xor_si128(a.high, mask.high), mask.high)};
}

struct f32x8 {
    __m256 v;
};

static inline void store8(float* p, f32x8 a) { _mm256_storeu_ps(p, a.v); }
static inline f32x8 operator*(f32x8 a, float b) { return {_mm256_mul_ps(a.v, _mm256_set1_ps(b))}; }
static inline f32x8 operator+(f32x8 a, float b) { return {_mm256_add_ps(a.v, _mm256_set1_ps(b))}; }
static inline f32x8 fill8(float a, float b) { return {_mm256_setr_ps(a, a, a, a, b, b, b, b)}; }
static inline f32x8 from_bytes(uint64_t bytes) {
    return {_mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_cvtsi64_si128(static_cast<long long>(bytes))))};
}
static inline f32x8 from_signed_bytes(uint64_t bytes) {
    return {_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_cvtsi64_si128(static_cast<long long>(bytes))))};
}
static inline f32x8 from_nibbles(uint32_t nibbles) {
    const __m256i moved = _mm256_srlv_epi32(_mm256_set1_epi32(static_cast<int>(nibbles)), _mm256_setr_epi32(0, 4, 8, 12, 16, 20, 24, 28));
    return {_mm256_cvtepi32_ps(_mm256_and_si256(moved, _mm256_set1_epi32(15)))};
}
// Eight halves, `stride` bytes apart.
static inline f32x8 load_halves(const uint8_t* p, int stride) {
    const auto half = [p, stride](int i) {
        uint16_t h;
        memcpy(&h, p + i * stride, sizeof h);
        return h;
    };
    __m128i low = _mm_cvtsi32_si128(half(0)), high = _mm_cvtsi32_si128(half(4));
    low = _mm_insert_epi16(_mm_insert_epi16(_mm_insert_epi16(low, half(1), 1), half(2), 2), half(3), 3);
    high = _mm_insert_epi16(_mm_insert_epi16(_mm_insert_epi16(high, half(5), 1), half(6), 2), half(7), 3);
    return {_mm256_cvtph_ps(_mm_unpacklo_epi64(low, high))};
}
