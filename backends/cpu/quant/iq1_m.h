#pragma once

// qs[32]: low 8 bits of the grid index; qh[16]: per 8 values 3 high bits and the sign of the shift by 1/8; scales[8]: 4 words
// of four 3-bit scales and 4 bits of d.
struct iq1_m : Layout<Type::IQ1_M> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 16, kZero = 9, kMax = 18;
    static constexpr Codes kKind = Codes::Unsigned;
    static constexpr bool kMin = false;

    static void scales(const uint8_t* b, float* scale, float*) {
        uint32_t half = 0;
        for (int i = 0; i < 4; ++i) half |= static_cast<uint32_t>(load_u16(b + 48 + 2 * i) >> 12) << (4 * i);
        const float d = half_to_float(static_cast<uint16_t>(half)) * 0.125f;
        for (int i = 0; i < 16; ++i) {
            scale[i] = d * static_cast<float>(2 * (load_u16(b + 48 + 2 * (i / 4)) >> (3 * (i % 4)) & 7) + 1);
        }
    }
    static u8x32 codes(const uint8_t* b, int g) {
        constexpr uint64_t kShift[2] = {0x0202020202020202, 0};
        const uint64_t* grid = kGridIq1.v;
        const uint8_t* q = b + 4 * g;
        const uint32_t h = load_u16(b + 32 + 2 * g);
        return words(grid[q[0] | (h << 8 & 0x700)], grid[q[1] | (h << 4 & 0x700)], grid[q[2] | (h & 0x700)],
                     grid[q[3] | (h >> 4 & 0x700)]) +
               words(kShift[h >> 3 & 1], kShift[h >> 7 & 1], kShift[h >> 11 & 1], kShift[h >> 15 & 1]);
    }
};
