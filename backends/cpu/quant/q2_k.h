#pragma once

// scales[16]: scale in the low, minimum in the high 4 bits. qs[64]: 2 bits, 32 bytes serve four groups of 32.
struct q2_k : Layout<Type::Q2_K> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 16, kZero = 0, kMax = 3;
    static constexpr Codes kKind = Codes::Unsigned;
    static constexpr bool kMin = true;

    static void scales(const uint8_t* b, float* scale, float* min) {
        const float d = load_f16(b + 80), dmin = load_f16(b + 82);
        constexpr uint64_t kLow = 0x0f0f0f0f0f0f0f0f;
        for (int i = 0; i < 16; i += 8) {
            const uint64_t both = load_u64(b + i);
            store8(scale + i, from_bytes(both & kLow) * d);
            store8(min + i, from_bytes(both >> 4 & kLow) * dmin);
        }
    }
    static u8x32 codes(const uint8_t* b, int g) { return field(load32(b + 16 + 32 * (g / 4)), 2 * (g % 4), 2); }
};
