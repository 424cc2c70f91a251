#pragma once

// Per group of 32: four grid indices of 8 bits, then a word of four 7-bit signs and a 4-bit scale.
struct iq2_xxs : Layout<Type::IQ2_XXS> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 32, kZero = 0, kMax = 43;
    static constexpr Codes kKind = Codes::Sign;
    static constexpr bool kMin = false;
    static constexpr int kGridValues = 8, kFieldsAt = 6;
    static constexpr float kUnit = 0.25f;
    static constexpr const auto& kPlanes = kPlanesIq2Xxs;

    static void scales(const uint8_t* b, float* scale, float*) {
        store8(scale, (from_high_nibbles<8>(b + kFieldsAt + 3) + 0.5f) * (kUnit * load_f16(b)));
    }
    static u8x32 codes(const uint8_t* b, int g) {
        const uint8_t* q = b + 2 + 8 * g;
        const uint64_t* grid = kGridIq2Xxs.v;
        return words(grid[q[0]], grid[q[1]], grid[q[2]], grid[q[3]]);
    }
    static u8x32 signs(const uint8_t* b, int g) { return even_signs(load_u32(b + kFieldsAt + 8 * g)); }
};
