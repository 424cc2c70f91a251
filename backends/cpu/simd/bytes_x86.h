#pragma once
// bytes_scalar.h's 32 bytes in a 256-bit register.

struct u8x32 {
    __m256i v;
};

static inline __m128i load_half(const void* p) { return _mm_loadu_si128(static_cast<const __m128i*>(p)); }
static inline __m256i halves(__m128i low, __m128i high) { return _mm256_inserti128_si256(_mm256_castsi128_si256(low), high, 1); }
// Asks for `bytes` bytes that are read soon. They need not be there.
static inline __attribute__((always_inline)) void prefetch(const void* p, size_t bytes) {
    for (size_t i = 0; i < bytes; i += 64) _mm_prefetch(static_cast<const char*>(p) + i, _MM_HINT_T0);
}
// The same for what is read once: it takes no room in the larger caches.
static inline __attribute__((always_inline)) void prefetch_once(const void* p, size_t bytes) {
    for (size_t i = 0; i < bytes; i += 64) _mm_prefetch(static_cast<const char*>(p) + i, _MM_HINT_NTA);
}
static inline u8x32 load32(const uint8_t* p) { return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))}; }
static inline u8x32 load16(const uint8_t* low, const uint8_t* high) { return {halves(load_half(low), load_half(high))}; }
static inline void store32(uint8_t* p, u8x32 a) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), a.v); }
static inline u8x32 fill(int value) { return {_mm256_set1_epi8(static_cast<char>(value))}; }

static inline u8x32 operator&(u8x32 a, u8x32 b) { return {_mm256_and_si256(a.v, b.v)}; }
static inline u8x32 operator|(u8x32 a, u8x32 b) { return {_mm256_or_si256(a.v, b.v)}; }
static inline u8x32 operator+(u8x32 a, u8x32 b) { return {_mm256_add_epi8(a.v, b.v)}; }
static inline u8x32 operator-(u8x32 a, u8x32 b) { return {_mm256_sub_epi8(a.v, b.v)}; }
static inline u8x32 operator*(u8x32 a, u8x32 b) {
    const __m256i even = _mm256_mullo_epi16(a.v, b.v), odd = _mm256_mullo_epi16(_mm256_srli_epi16(a.v, 8), _mm256_srli_epi16(b.v, 8));
    return {_mm256_or_si256(_mm256_and_si256(even, _mm256_set1_epi16(0xff)), _mm256_slli_epi16(odd, 8))};
}

static inline u8x32 field(u8x32 a, int shift, int bits) {
    return u8x32{shift == 0 ? a.v : _mm256_srli_epi16(a.v, shift)} & fill((1 << bits) - 1);
}
static inline u8x32 field_at(u8x32 a, int shift, int bits, int to) {
    const __m256i moved = to > shift ? _mm256_slli_epi16(a.v, to - shift) : to < shift ? _mm256_srli_epi16(a.v, shift - to) : a.v;
    return u8x32{moved} & fill(((1 << bits) - 1) << to);
}
static inline u8x32 at_least(u8x32 a, u8x32 b) { return {_mm256_cmpeq_epi8(_mm256_max_epu8(a.v, b.v), a.v)}; }
static inline u8x32 nibbles16(const uint8_t* p) {
    const __m128i both = load_half(p);
    return u8x32{halves(both, _mm_srli_epi16(both, 4))} & fill(15);
}
static inline u8x32 lookup16(const int8_t* table, u8x32 index) {
    return {_mm256_shuffle_epi8(_mm256_broadcastsi128_si256(load_half(table)), index.v)};
}
static inline u8x32 expand_bits(uint32_t bits) {
    const __m256i bit = _mm256_set1_epi64x(static_cast<long long>(0x8040201008040201));
    const __m256i place = _mm256_setr_epi64x(0, 0x0101010101010101, 0x0202020202020202, 0x0303030303030303);
    const __m256i bytes = _mm256_shuffle_epi8(_mm256_set1_epi32(static_cast<int>(bits)), place);
    return {_mm256_cmpeq_epi8(_mm256_and_si256(bytes, bit), bit)};
}
static inline u8x32 words(uint64_t a, uint64_t b, uint64_t c, uint64_t d) {
    return {_mm256_setr_epi64x(static_cast<long long>(a), static_cast<long long>(b), static_cast<long long>(c), static_cast<long long>(d))};
}
static inline u8x32 entries(const uint32_t* t, const uint8_t* index, uint32_t ninth) {
#if defined(__AVX512F__)
    __m256i at = _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(index)));
    const __m256i moved = _mm256_sllv_epi32(_mm256_set1_epi32(static_cast<int>(ninth)), _mm256_setr_epi32(8, 7, 6, 5, 4, 3, 2, 1));
    at = _mm256_or_si256(at, _mm256_and_si256(moved, _mm256_set1_epi32(0x100)));
    return {_mm256_i32gather_epi32(reinterpret_cast<const int*>(t), at, 4)};
#else
    const auto four = [=](int i) {
        const auto entry = [=](int j) { return static_cast<int>(t[index[j] | (ninth << (8 - j) & 0x100)]); };
        const __m128i x = _mm_insert_epi32(_mm_cvtsi32_si128(entry(i)), entry(i + 1), 1);
        return _mm_insert_epi32(_mm_insert_epi32(x, entry(i + 2), 2), entry(i + 3), 3);
    };
    return {halves(four(0), four(4))};
#endif
}
// From the masks' seven lower bits in the lowest byte of each 64.
static inline u8x32 even_signs(__m256i seven) {
    const __m256i odd = _mm256_setr_epi64x(static_cast<long long>(0x8000008000808000), 0x0080800080000080,
                                           static_cast<long long>(0x8000008000808000), 0x0080800080000080);  // bit 7 for odd numbers of bits
    const __m256i nibble = _mm256_and_si256(_mm256_xor_si256(seven, _mm256_srli_epi64(seven, 4)), _mm256_set1_epi8(15));
    const __m256i eight = _mm256_or_si256(seven, _mm256_shuffle_epi8(odd, nibble));
    const __m256i bytes = _mm256_shuffle_epi8(eight, _mm256_setr_epi64x(0, 0x0808080808080808, 0, 0x0808080808080808));
    const __m256i bit = _mm256_set1_epi64x(static_cast<long long>(0x8040201008040201));
    return {_mm256_cmpeq_epi8(_mm256_and_si256(bytes, bit), bit)};
}
static inline u8x32 even_signs(uint32_t signs) {
    const __m256i moved = _mm256_srlv_epi64(_mm256_set1_epi32(static_cast<int>(signs)), _mm256_setr_epi64x(0, 7, 14, 21));
    return even_signs(_mm256_and_si256(moved, _mm256_set1_epi64x(127)));
}
static inline u8x32 even_signs16(const uint8_t* p) {
    return even_signs(_mm256_srli_epi64(_mm256_cvtepu16_epi64(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p))), 9));
}
static inline u8x32 repeat4(const uint8_t* p) {
    const __m256i bytes = _mm256_broadcastq_epi64(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
    return {_mm256_shuffle_epi8(bytes, _mm256_setr_epi32(0, 0x01010101, 0x02020202, 0x03030303, 0x04040404, 0x05050505, 0x06060606, 0x07070707))};
}
static inline u8x32 swap_middle(u8x32 a) { return {_mm256_permute4x64_epi64(a.v, 0xd8)}; }
static inline u8x32 negate_if(u8x32 a, u8x32 mask) { return {_mm256_sub_epi8(_mm256_xor_si256(a.v, mask.v), mask.v)}; }

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
template <int kStride>
static inline f32x8 from_high_nibbles(const uint8_t* p) {
    static_assert(kStride == 4 || kStride == 8);
    const auto* words = reinterpret_cast<const __m256i*>(p - 3);  // with the bytes on top
    __m256i all = _mm256_loadu_si256(words);
    if constexpr (kStride == 8) {
        const __m256 odd = _mm256_shuffle_ps(_mm256_castsi256_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p - 7))),
                                             _mm256_castsi256_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p + 25))), 0xdd);
        all = _mm256_permute4x64_epi64(_mm256_castps_si256(odd), 0xd8);
    }
    return {_mm256_cvtepi32_ps(_mm256_srli_epi32(all, 28))};
}
static inline f32x8 from_signed_bytes(uint64_t bytes) {
    return {_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_cvtsi64_si128(static_cast<long long>(bytes))))};
}
static inline f32x8 half_powers(uint64_t bytes) {
    const __m256i e = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(static_cast<long long>(bytes)));
    const __m256i normal = _mm256_slli_epi32(_mm256_sub_epi32(e, _mm256_set1_epi32(1)), 23);
    const __m256i subnormal = _mm256_sllv_epi32(_mm256_set1_epi32(0x00200000), e);
    return {_mm256_castsi256_ps(_mm256_blendv_epi8(normal, subnormal, _mm256_cmpgt_epi32(_mm256_set1_epi32(2), e)))};
}
static inline __m256i fields(uint32_t word, int bits) {
    const __m256i places = _mm256_setr_epi32(0, bits, 2 * bits, 3 * bits, 4 * bits, 5 * bits, 6 * bits, 7 * bits);
    return _mm256_and_si256(_mm256_srlv_epi32(_mm256_set1_epi32(static_cast<int>(word)), places), _mm256_set1_epi32((1 << bits) - 1));
}
static inline f32x8 from_nibbles(uint32_t nibbles) { return {_mm256_cvtepi32_ps(fields(nibbles, 4))}; }
static inline f32x8 from_six_bits(uint32_t nibbles, uint32_t pairs) {
    return {_mm256_cvtepi32_ps(_mm256_or_si256(fields(nibbles, 4), _mm256_slli_epi32(fields(pairs, 2), 4)))};
}
// Eight halves, `stride` bytes apart (18 or more): half i is the i-th of 16 bytes that begin earlier.
static inline f32x8 load_halves(const uint8_t* p, int stride) {
    __m128i all;
    if (stride == 18) {
        const auto at = [p](int i) { return load32(p + 16 * i).v; };  // halves i and i + 1
        const __m256i even_odd = _mm256_blend_epi16(_mm256_blend_epi16(at(0), at(2), 0x0c), _mm256_blend_epi16(at(4), at(6), 0xc0), 0xf0);
        all = _mm_blend_epi16(_mm256_castsi256_si128(even_odd), _mm256_extracti128_si256(even_odd, 1), 0xaa);
    } else {
        const auto at = [p, stride](int i) { return load_half(p + i * (stride - 2)); };
        all = _mm_blend_epi16(at(0), at(1), 1 << 1);
        all = _mm_blend_epi16(_mm_blend_epi16(all, at(2), 1 << 2), at(3), 1 << 3);
        all = _mm_blend_epi16(_mm_blend_epi16(all, at(4), 1 << 4), at(5), 1 << 5);
        all = _mm_blend_epi16(_mm_blend_epi16(all, at(6), 1 << 6), at(7), 1 << 7);
    }
    return {_mm256_cvtph_ps(all)};
}
