#pragma once

struct q5_0 : Layout<Type::Q5_0> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 32, kZero = 16, kMax = 31;
    static constexpr Codes kKind = Codes::Unsigned;
    static constexpr bool kMin = false;

    static void scales(const uint8_t* b, float* scale, float*) { scale[0] = load_f16(b); }
    static void scales256(const uint8_t* b, float* scale, float*) { store8(scale, load_halves(b, kBytes)); }
    static u8x32 codes(const uint8_t* b, int) {
        return nibbles16(b + 6) | (expand_bits(load_u32(b + 2)) & fill(16));
    }
};
