#pragma once

// hmask[32]: bit g is the high bit in group g. qs[64] as in Q2_K. scales[12]: 16 of 6 bits, less 32.
struct q3_k : Layout<Type::Q3_K> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 16, kZero = 4, kMax = 7;
    static constexpr Codes kKind = Codes::Unsigned;
    static constexpr bool kMin = false;

    static constexpr int kScaleZero = 32;

    static float unit(const uint8_t* b) { return load_f16(b + 108); }
    static void whole_scales(const uint8_t* b, uint64_t (&scale)[2], uint64_t (&)[2]) {
        const uint64_t low = load_u64(b + 96), high = load_u32(b + 104);
        const auto scales8 = [](uint64_t low4, uint64_t first2, uint64_t second2) {
            constexpr uint64_t kLow4 = 0x0f0f0f0f0f0f0f0f, kLow2 = 0x03030303;
            const uint64_t high2 = (first2 & kLow2) | (second2 & kLow2) << 32;
            return (low4 & kLow4) | high2 << 4;
        };
        scale[0] = scales8(low, high, high >> 2);
        scale[1] = scales8(low >> 4, high >> 4, high >> 6);
    }
    static void scales(const uint8_t* b, float* scale, float*) {
        uint64_t s[2], none[2];
        whole_scales(b, s, none);
        for (int i = 0; i < 2; ++i) store8(scale + 8 * i, (from_bytes(s[i]) + -static_cast<float>(kScaleZero)) * unit(b));
    }
    static u8x32 codes(const uint8_t* b, int g) {
        return field(load32(b + 32 + 32 * (g / 4)), 2 * (g % 4), 2) | field_at(load32(b), g, 1, 2);
    }
};
