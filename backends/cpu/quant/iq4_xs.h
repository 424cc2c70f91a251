#pragma once
#include "backends/cpu/quant/iq4_nl.h"

// d times eight scales of 6 bits, less 32: their low 4 bits and their high 2 bits.
static inline f32x8 split_scales(uint32_t low, uint32_t high, float d) {
    return (from_six_bits(low, high) + -32.0f) * d;
}

// d, 8 x 2 high bits of the scales, 8 x 4 low bits, then each group as in IQ4_NL.
struct iq4_xs : Layout<Type::IQ4_XS> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 32, kZero = 0, kMax = 127, kHighest = 113;
    static constexpr Codes kKind = Codes::Signed;
    static constexpr bool kMin = false;

    static void scales(const uint8_t* b, float* scale, float*) {
        store8(scale, split_scales(load_u32(b + 4), load_u16(b + 2), load_f16(b)));
    }
    static u8x32 codes(const uint8_t* b, int g) { return lookup16(kIq4Levels, nibbles16(b + 8 + 16 * g)); }
    static Lanes lanes(const uint8_t* b, int i) { return lookup16(kIq4Levels, nibble_lanes(b + 8 + 16 * i, 64)); }
};
