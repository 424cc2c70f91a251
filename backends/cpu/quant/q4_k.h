#pragma once

// The twelve bytes of Q4_K and Q5_K: eight scales and eight minimums of 6 bits.
static inline void unpack_scales_k(const uint8_t* s, uint8_t* scale, uint8_t* min) {
    for (int i = 0; i < 4; ++i) {
        scale[i] = s[i] & 63;
        min[i] = s[i + 4] & 63;
        scale[i + 4] = static_cast<uint8_t>((s[i + 8] & 15) | s[i] >> 6 << 4);
        min[i + 4] = static_cast<uint8_t>(s[i + 8] >> 4 | s[i + 4] >> 6 << 4);
    }
}

static inline void scales_k(const uint8_t* b, float* scale, float* min) {
    const float d = load_f16(b), dmin = load_f16(b + 2);
    uint8_t s[8], m[8];
    unpack_scales_k(b + 4, s, m);
    for (int i = 0; i < 8; ++i) {
        scale[i] = d * static_cast<float>(s[i]);
        min[i] = dmin * static_cast<float>(m[i]);
    }
}

// qs[128]: 32 bytes hold two groups of 32, the first in the low nibbles.
struct q4_k : Layout<Type::Q4_K> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 32, kZero = 0, kMax = 15;
    static constexpr bool kSigned = false, kMin = true;

    static void scales(const uint8_t* b, float* scale, float* min) { scales_k(b, scale, min); }
    static u8x32 codes(const uint8_t* b, int g) { return field(load32(b + 16 + 32 * (g / 2)), 4 * (g % 2), 4); }
};
