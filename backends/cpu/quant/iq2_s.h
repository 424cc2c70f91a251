#pragma once

// qs[32]: low 8 bits of the grid index; signs[32]; qh[8]: 2 high bits of each index; scales[8] as in IQ2_XS.
struct iq2_s : Layout<Type::IQ2_S> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 16, kZero = 0, kMax = 43;
    static constexpr Codes kKind = Codes::Sign;
    static constexpr bool kMin = false;

    static void scales(const uint8_t* b, float* scale, float*) {
        const float d = load_f16(b);
        for (int i = 0; i < 2; ++i) store8(scale + 8 * i, (from_nibbles(load_u32(b + 74 + 4 * i)) + 0.5f) * (0.25f * d));
    }
    static u8x32 codes(const uint8_t* b, int g) {
        const uint64_t* grid = kGridIq2S.v;
        const uint8_t* q = b + 2 + 4 * g;
        const uint32_t h = b[66 + g];
        return words(grid[q[0] | (h << 8 & 0x300)], grid[q[1] | (h << 6 & 0x300)], grid[q[2] | (h << 4 & 0x300)],
                     grid[q[3] | (h << 2 & 0x300)]);
    }
    static u8x32 signs(const uint8_t* b, int g) { return expand_bits(load_u32(b + 34 + 4 * g)); }
};
