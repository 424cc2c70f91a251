#pragma once

// As Q8_0, with the sum of the codes (not needed here) after the scale.
struct q8_1 : Layout<Type::Q8_1> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 32, kZero = 0, kMax = 128;
    static constexpr Codes kKind = Codes::Signed;
    static constexpr bool kMin = false, kPlain = true;

    static void scales(const uint8_t* b, float* scale, float*) { scale[0] = load_f16(b); }
    static void scales256(const uint8_t* b, float* scale, float*) { store8(scale, load_halves(b, kBytes)); }
    static u8x32 codes(const uint8_t* b, int) { return load32(b + 4); }
};
