#pragma once

// scales[16]: scale in the low, minimum in the high 4 bits. qs[64]: 2 bits, 32 bytes serve four groups of 32.
struct q2_k : Layout<Type::Q2_K> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 16, kZero = 0, kMax = 3;
    static constexpr bool kSigned = false, kMin = true;

    static void scales(const uint8_t* b, float* scale, float* min) {
        const float d = load_f16(b + 80), dmin = load_f16(b + 82);
        for (int i = 0; i < 16; ++i) {
            scale[i] = d * static_cast<float>(b[i] & 15);
            min[i] = dmin * static_cast<float>(b[i] >> 4);
        }
    }
    static u8x32 codes(const uint8_t* b, int g) { return field(load32(b + 16 + 32 * (g / 4)), 2 * (g % 4), 2); }
};
