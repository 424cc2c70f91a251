#pragma once

// hmask[32]: bit g is the high bit in group g. qs[64] as in Q2_K. scales[12]: 16 of 6 bits, less 32.
struct q3_k : Layout<Type::Q3_K> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 16, kZero = 4, kMax = 7;
    static constexpr Codes kKind = Codes::Unsigned;
    static constexpr bool kMin = false;

    static void scales(const uint8_t* b, float* scale, float*) {
        const float d = load_f16(b + 108);
        const uint64_t low = load_u64(b + 96), high = load_u32(b + 104);
        const auto scales8 = [d](uint64_t low4, uint64_t first2, uint64_t second2) {
            constexpr uint64_t kLow4 = 0x0f0f0f0f0f0f0f0f, kLow2 = 0x03030303;
            const uint64_t high2 = (first2 & kLow2) | (second2 & kLow2) << 32;
            return (from_bytes((low4 & kLow4) | high2 << 4) + -32.0f) * d;
        };
        store8(scale, scales8(low, high, high >> 2));
        store8(scale + 8, scales8(low >> 4, high >> 4, high >> 6));
    }
    static u8x32 codes(const uint8_t* b, int g) {
        return field(load32(b + 32 + 32 * (g / 4)), 2 * (g % 4), 2) | field_at(load32(b), g, 1, 2);
    }
};
