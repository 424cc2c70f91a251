#pragma once

// The twelve bytes of Q4_K and Q5_K: eight scales and eight minimums of 6 bits.
static inline void scales_k(const uint8_t* b, float* scale, float* min) {
    const uint32_t first = load_u32(b + 4), second = load_u32(b + 8), third = load_u32(b + 12);
    const uint64_t scale_high = (third & 0x0f0f0f0f) | (first >> 6 & 0x03030303) << 4;
    const uint64_t min_high = (third >> 4 & 0x0f0f0f0f) | (second >> 6 & 0x03030303) << 4;
    store8(scale, from_bytes((first & 0x3f3f3f3f) | scale_high << 32) * load_f16(b));
    store8(min, from_bytes((second & 0x3f3f3f3f) | min_high << 32) * load_f16(b + 2));
}

// qs[128]: 32 bytes hold two groups of 32, the first in the low nibbles.
struct q4_k : Layout<Type::Q4_K> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 32, kZero = 0, kMax = 15;
    static constexpr Codes kKind = Codes::Unsigned;
    static constexpr bool kMin = true, kGroupNibbles = false;

    static void scales(const uint8_t* b, float* scale, float* min) { scales_k(b, scale, min); }
    static u8x32 nibbles(const uint8_t* b, int g) { return load32(b + 16 + 16 * g); }
    static u8x32 codes(const uint8_t* b, int g) { return field(nibbles(b, g / 2 * 2), 4 * (g % 2), 4); }
    static Lanes lanes(const uint8_t* b, int i) {
        const uint8_t* p = b + 16 + 32 * (i / 2);
        return {field(load16(p, p + 64), 4 * (i % 2), 4), field(load16(p + 16, p + 80), 4 * (i % 2), 4)};
    }
};
