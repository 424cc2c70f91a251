#pragma once
// 32 bytes at a time, in plain C++: what the codecs of backends/cpu/quant are written with. bytes_x86.h has the same names.
// Included inside the namespace of one translation unit, like everything in simd/, quant/ and kernels/.

struct u8x32 {
    uint8_t v[32];
};

#define DLGO_EACH(expression)          \
    u8x32 r;                           \
    for (int i = 0; i < 32; ++i) {     \
        r.v[i] = uint8_t(expression);  \
    }                                  \
    return r

static inline u8x32 load32(const uint8_t* p) { DLGO_EACH(p[i]); }
static inline u8x32 load16(const uint8_t* low, const uint8_t* high) { DLGO_EACH(i < 16 ? low[i] : high[i - 16]); }
static inline void store32(uint8_t* p, u8x32 a) { memcpy(p, a.v, 32); }
static inline u8x32 fill(int value) { DLGO_EACH(value); }

static inline u8x32 operator&(u8x32 a, u8x32 b) { DLGO_EACH(a.v[i] & b.v[i]); }
static inline u8x32 operator|(u8x32 a, u8x32 b) { DLGO_EACH(a.v[i] | b.v[i]); }
static inline u8x32 operator+(u8x32 a, u8x32 b) { DLGO_EACH(a.v[i] + b.v[i]); }
static inline u8x32 operator-(u8x32 a, u8x32 b) { DLGO_EACH(a.v[i] - b.v[i]); }
static inline u8x32 operator*(u8x32 a, u8x32 b) { DLGO_EACH(a.v[i] * b.v[i]); }  // modulo 256

// The bits [shift, shift + bits) of every byte.
static inline u8x32 field(u8x32 a, int shift, int bits) { DLGO_EACH(a.v[i] >> shift & ((1 << bits) - 1)); }
// The same bits, moved so that they start at bit `to`.
static inline u8x32 field_at(u8x32 a, int shift, int bits, int to) {
    DLGO_EACH((a.v[i] >> shift & ((1 << bits) - 1)) << to);
}
// 0xff where a is at least b (unsigned).
static inline u8x32 at_least(u8x32 a, u8x32 b) { DLGO_EACH(a.v[i] >= b.v[i] ? 0xff : 0); }
// Bytes 0..15 of 16 packed bytes' low nibbles, then their high nibbles.
static inline u8x32 nibbles16(const uint8_t* p) { DLGO_EACH(i < 16 ? p[i] & 15 : p[i - 16] >> 4); }
static inline u8x32 lookup16(const int8_t* table, u8x32 index) { DLGO_EACH(table[index.v[i] & 15]); }
// 0xff for every bit that is set.
static inline u8x32 expand_bits(uint32_t bits) { DLGO_EACH(bits >> i & 1 ? 0xff : 0); }
static inline u8x32 words(uint64_t a, uint64_t b, uint64_t c, uint64_t d) {
    const uint64_t w[4] = {a, b, c, d};
    u8x32 r;
    memcpy(r.v, w, 32);
    return r;
}
// Eight entries of a table of four bytes each: their numbers' eight lower bits, and the ninth ones as a mask.
static inline u8x32 entries(const uint32_t* t, const uint8_t* index, uint32_t ninth) {
    uint32_t w[8];
    for (int i = 0; i < 8; ++i) w[i] = t[index[i] | (ninth << (8 - i) & 0x100)];
    u8x32 r;
    memcpy(r.v, w, 32);
    return r;
}
// The sign masks of 32 values from four times 7 bits, the lowest first: the eighth sign of each makes their number even.
static inline u8x32 even_signs(uint32_t signs) {
    const auto mask = [signs](int i) { return kByteMasks.v[kEvenSigns.v[signs >> (7 * i) & 127]]; };
    return words(mask(0), mask(1), mask(2), mask(3));
}
// The same from the highest 7 bits of four words of 16 bits.
static inline u8x32 even_signs16(const uint8_t* p) {
    uint32_t signs = 0;
    for (int i = 0; i < 4; ++i) signs |= static_cast<uint32_t>(p[2 * i + 1] >> 1) << (7 * i);
    return even_signs(signs);
}
// Each of 8 bytes four times.
static inline u8x32 repeat4(const uint8_t* p) { DLGO_EACH(p[i / 4]); }
// Exchanges the second and the third 8 bytes.
static inline u8x32 swap_middle(u8x32 a) { DLGO_EACH(a.v[i / 8 == 1 ? i + 8 : i / 8 == 2 ? i - 8 : i]); }
// -a where the mask is 0xff, a where it is 0.
static inline u8x32 negate_if(u8x32 a, u8x32 mask) { DLGO_EACH((a.v[i] ^ mask.v[i]) - mask.v[i]); }

#undef DLGO_EACH

// Eight floats, for the scales of a block.
struct f32x8 {
    float v[8];
};

static inline void store8(float* p, f32x8 a) { memcpy(p, a.v, 32); }
static inline f32x8 operator*(f32x8 a, float b) {
    for (float& v : a.v) v *= b;
    return a;
}
static inline f32x8 operator+(f32x8 a, float b) {
    for (float& v : a.v) v += b;
    return a;
}
// Four times a, four times b.
static inline f32x8 fill8(float a, float b) { return {{a, a, a, a, b, b, b, b}}; }
// The eight bytes of a word, the lowest first.
static inline f32x8 from_bytes(uint64_t bytes) {
    f32x8 r;
    for (int i = 0; i < 8; ++i) r.v[i] = static_cast<float>(bytes >> (8 * i) & 255);
    return r;
}
// The highest four bits of eight bytes, kStride bytes apart.
template <int kStride>
static inline f32x8 from_high_nibbles(const uint8_t* p) {
    f32x8 r;
    for (int i = 0; i < 8; ++i) r.v[i] = static_cast<float>(p[kStride * i] >> 4);
    return r;
}
static inline f32x8 from_signed_bytes(uint64_t bytes) {
    f32x8 r;
    for (int i = 0; i < 8; ++i) r.v[i] = static_cast<float>(static_cast<int8_t>(bytes >> (8 * i) & 255));
    return r;
}
// Eight times half of 2^(byte - 127), which is subnormal below 2.
static inline f32x8 half_powers(uint64_t bytes) {
    f32x8 r;
    for (int i = 0; i < 8; ++i) {
        const uint32_t e = bytes >> (8 * i) & 255, bits = e < 2 ? 0x00200000u << e : (e - 1) << 23;
        memcpy(r.v + i, &bits, sizeof bits);
    }
    return r;
}
// The eight nibbles of a word, the lowest first.
static inline f32x8 from_nibbles(uint32_t nibbles) {
    f32x8 r;
    for (int i = 0; i < 8; ++i) r.v[i] = static_cast<float>(nibbles >> (4 * i) & 15);
    return r;
}
// Eight numbers of six bits: the lower four of each in a word of nibbles, the upper two in a word of pairs of bits.
static inline f32x8 from_six_bits(uint32_t nibbles, uint32_t pairs) {
    f32x8 r;
    for (int i = 0; i < 8; ++i) r.v[i] = static_cast<float>((nibbles >> (4 * i) & 15) | (pairs >> (2 * i) & 3) << 4);
    return r;
}
