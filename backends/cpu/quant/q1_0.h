#pragma once

// d, 128 bits: +d or -d.
struct q1_0 : Layout<Type::Q1_0> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 32, kZero = 1, kMax = 2;
    static constexpr Codes kKind = Codes::Unsigned;
    static constexpr bool kMin = false;

    static void scales(const uint8_t* b, float* scale, float*) {
        for (int g = 0; g < 4; ++g) scale[g] = load_f16(b);
    }
    static void scales256(const uint8_t* b, float* scale, float*) { store8(scale, fill8(load_f16(b), load_f16(b + kBytes))); }
    static u8x32 codes(const uint8_t* b, int g) { return expand_bits(load_u32(b + 2 + 4 * g)) & fill(2); }
};
