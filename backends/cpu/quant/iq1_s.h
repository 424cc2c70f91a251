#pragma once

// qs[32]: low 8 bits of the grid index; qh[8] of 16 bits: 4 x 3 high bits, 3 bits of scale, the sign of the shift by 1/8.
struct iq1_s : Layout<Type::IQ1_S> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 32, kZero = 9, kMax = 18;
    static constexpr Codes kKind = Codes::Unsigned;
    static constexpr bool kMin = false;

    static void scales(const uint8_t* b, float* scale, float*) {
        const float d = load_f16(b) * 0.125f;
        for (int g = 0; g < 8; ++g) scale[g] = d * static_cast<float>(2 * (load_u16(b + 34 + 2 * g) >> 12 & 7) + 1);
    }
    static u8x32 codes(const uint8_t* b, int g) {
        const uint64_t* grid = kGridIq1.v;
        const uint8_t* q = b + 2 + 4 * g;
        const uint32_t h = load_u16(b + 34 + 2 * g);
        return words(grid[q[0] | (h & 7) << 8], grid[q[1] | (h >> 3 & 7) << 8], grid[q[2] | (h >> 6 & 7) << 8],
                     grid[q[3] | (h >> 9 & 7) << 8]) +
               fill(h & 0x8000 ? 0 : 2);
    }
};
