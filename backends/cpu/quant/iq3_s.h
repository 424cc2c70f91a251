#pragma once

// qs[64]: low 8 bits of the grid index; qh[8]: the ninth bits; signs[32]; scales[4]: 4 bits for each 32 values.
struct iq3_s : Layout<Type::IQ3_S> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 32, kZero = 0, kMax = 15;
    static constexpr Codes kKind = Codes::Sign;
    static constexpr bool kMin = false;

    static void scales(const uint8_t* b, float* scale, float*) {
        const float d = load_f16(b);
        store8(scale, (from_nibbles(load_u32(b + 106)) * 2.0f + 1.0f) * d);
    }
    static u8x32 codes(const uint8_t* b, int g) {
        return entries(kGridIq3S.v, b + 2 + 8 * g, b[66 + g]);
    }
    static u8x32 signs(const uint8_t* b, int g) { return expand_bits(load_u32(b + 74 + 4 * g)); }
};
