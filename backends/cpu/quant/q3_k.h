#pragma once

// hmask[32]: bit g is the high bit in group g. qs[64] as in Q2_K. scales[12]: 16 of 6 bits, less 32.
struct q3_k : Layout<Type::Q3_K> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 16, kZero = 4, kMax = 7;
    static constexpr bool kSigned = false, kMin = false;

    static void scales(const uint8_t* b, float* scale, float*) {
        const float d = load_f16(b + 108);
        const uint8_t* s = b + 96;
        for (int i = 0; i < 16; ++i) {
            const int low = i < 8 ? s[i] & 15 : s[i - 8] >> 4, high = s[8 + i % 4] >> (2 * (i / 4)) & 3;
            scale[i] = d * static_cast<float>((low | high << 4) - 32);
        }
    }
    static u8x32 codes(const uint8_t* b, int g) {
        return field(load32(b + 32 + 32 * (g / 4)), 2 * (g % 4), 2) | field_at(load32(b), g, 1, 2);
    }
};
