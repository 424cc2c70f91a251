#pragma once

// qs[64]: 2 bits, 32 bytes serve four groups of 32.
struct tq2_0 : Layout<Type::TQ2_0> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 32, kZero = 1, kMax = 3;
    static constexpr Codes kKind = Codes::Unsigned;
    static constexpr bool kMin = false;

    static void scales(const uint8_t* b, float* scale, float*) {
        for (int g = 0; g < 8; ++g) scale[g] = load_f16(b + 64);
    }
    static u8x32 codes(const uint8_t* b, int g) { return field(load32(b + 32 * (g / 4)), 2 * (g % 4), 2); }
};
