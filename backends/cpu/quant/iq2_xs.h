#pragma once

// qs[32] of 16 bits: grid index of 9 bits, 7 signs. scales[8]: 4 bits for each 16 values.
struct iq2_xs : Layout<Type::IQ2_XS> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 16, kZero = 0, kMax = 43;
    static constexpr Codes kKind = Codes::Sign;
    static constexpr bool kMin = false;

    static void scales(const uint8_t* b, float* scale, float*) {
        const float d = load_f16(b);
        for (int i = 0; i < 2; ++i) store8(scale + 8 * i, (from_nibbles(load_u32(b + 66 + 4 * i)) + 0.5f) * (0.25f * d));
    }
    static u8x32 codes(const uint8_t* b, int g) {
        const uint64_t* grid = kGridIq2Xs.v;
        const auto entry = [b, grid, g](int i) { return grid[load_u16(b + 2 + 8 * g + 2 * i) & 511]; };
        return words(entry(0), entry(1), entry(2), entry(3));
    }
    static u8x32 signs(const uint8_t* b, int g) { return even_signs16(b + 2 + 8 * g); }
};
