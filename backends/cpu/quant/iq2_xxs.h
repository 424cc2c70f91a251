#pragma once

// Per group of 32: four grid indices of 8 bits, then a word of four 7-bit signs and a 4-bit scale.
struct iq2_xxs : Layout<Type::IQ2_XXS> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 32, kZero = 0, kMax = 43;
    static constexpr bool kSigned = true, kMin = false;

    static void scales(const uint8_t* b, float* scale, float*) {
        const float d = load_f16(b);
        for (int g = 0; g < 8; ++g) scale[g] = d * (0.5f + static_cast<float>(b[2 + 8 * g + 7] >> 4)) * 0.25f;
    }
    static u8x32 codes(const uint8_t* b, int g) {
        const uint8_t* q = b + 2 + 8 * g;
        const uint64_t* grid = kGridIq2Xxs.v;
        return negate_if(words(grid[q[0]], grid[q[1]], grid[q[2]], grid[q[3]]), even_signs(load_u32(q + 4)));
    }
};
