#pragma once

// qs[32] of 16 bits: grid index of 9 bits, 7 signs. scales[8]: 4 bits for each 16 values.
struct iq2_xs : Layout<Type::IQ2_XS> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 16, kZero = 0, kMax = 43;
    static constexpr bool kSigned = true, kMin = false;

    static void scales(const uint8_t* b, float* scale, float*) {
        const float d = load_f16(b);
        for (int i = 0; i < 16; ++i) {
            scale[i] = d * (0.5f + static_cast<float>(b[66 + i / 2] >> (4 * (i % 2)) & 15)) * 0.25f;
        }
    }
    static u8x32 codes(const uint8_t* b, int g) {
        const uint64_t* grid = kGridIq2Xs.v;
        uint32_t q[4], signs = 0;
        for (int i = 0; i < 4; ++i) {
            q[i] = load_u16(b + 2 + 8 * g + 2 * i);
            signs |= q[i] >> 9 << (7 * i);
        }
        return negate_if(words(grid[q[0] & 511], grid[q[1] & 511], grid[q[2] & 511], grid[q[3] & 511]), even_signs(signs));
    }
};
