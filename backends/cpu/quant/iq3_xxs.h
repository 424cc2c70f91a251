#pragma once

// qs[64]: grid indices of four values; then per group of 32 a word of four 7-bit signs and a 4-bit scale.
struct iq3_xxs : Layout<Type::IQ3_XXS> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 32, kZero = 0, kMax = 31;
    static constexpr Codes kKind = Codes::Sign;
    static constexpr bool kMin = false;
    static constexpr int kGridValues = 4, kFieldsAt = 66;
    static constexpr float kUnit = 1;
    static constexpr const auto& kPlanes = kPlanesIq3Xxs;

    static void scales(const uint8_t* b, float* scale, float*) {
        store8(scale, (from_high_nibbles<4>(b + kFieldsAt + 3) + 0.5f) * (kUnit * load_f16(b)));
    }
    static u8x32 codes(const uint8_t* b, int g) {
        return entries(kGridIq3Xxs.v, b + 2 + 8 * g, 0);
    }
    static u8x32 signs(const uint8_t* b, int g) { return even_signs(load_u32(b + kFieldsAt + 4 * g)); }
};
