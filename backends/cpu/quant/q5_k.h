#pragma once
#include "backends/cpu/quant/q4_k.h"

// As Q4_K; bit g of qh[32] is the fifth bit in group g.
struct q5_k : Layout<Type::Q5_K> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 32, kZero = 0, kMax = 31;
    static constexpr Codes kKind = Codes::Unsigned;
    static constexpr bool kMin = true;

    static void scales(const uint8_t* b, float* scale, float* min) { scales_k(b, scale, min); }
    static u8x32 codes(const uint8_t* b, int g) {
        return field(load32(b + 48 + 32 * (g / 2)), 4 * (g % 2), 4) | field_at(load32(b + 16), g, 1, 4);
    }
};
