#pragma once
#include "backends/cpu/quant/iq4_nl.h"

// d times eight scales of 6 bits, less 32: their low 4 bits and their high 2 bits.
static inline f32x8 split_scales(uint32_t low, uint32_t high, float d) {
    return (from_six_bits(low, high) + -32.0f) * d;
}

// IQ4_NL's levels, nearly: times kNarrowIq4Step they differ from those by 0.4% of their root mean square. With activations of eight bits whose scale
// leaves room for sums of eight products, no others of this kind are nearer to the truth.
static constexpr int8_t kNarrowIq4Levels[16] = {-98, -80, -64, -50, -38, -27, -17, -8, 1, 10, 19, 29, 41, 53, 69, 87};
static constexpr float kNarrowIq4Step = 1.297f;
static_assert([] {
    for (int i = 0; i < 16; ++i) {
        const float apart = static_cast<float>(kIq4Levels[i]) - kNarrowIq4Step * static_cast<float>(kNarrowIq4Levels[i]);
        if (apart > kNarrowIq4Step / 2 || apart < -kNarrowIq4Step / 2) return false;
    }
    return true;
}());

// d, 8 x 2 high bits of the scales, 8 x 4 low bits, then each group as in IQ4_NL.
template <bool kNarrow>
struct iq4_xs_codes : Layout<Type::IQ4_XS> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 32, kZero = 0, kMax = kNarrow ? 98 : 127;
    static constexpr Codes kKind = Codes::Signed;
    static constexpr bool kMin = false, kGroupNibbles = true;
    static constexpr auto& kLevels = kNarrow ? kNarrowIq4Levels : kIq4Levels;

    static void scales(const uint8_t* b, float* scale, float*) {
        store8(scale, split_scales(load_u32(b + 4), load_u16(b + 2), (kNarrow ? kNarrowIq4Step : 1.0f) * load_f16(b)));
    }
    static u8x32 codes(const uint8_t* b, int g) { return lookup16(kLevels, nibbles16(b + 8 + 16 * g)); }
    static u8x32 nibbles(const uint8_t* b, int g) { return load32(b + 8 + 16 * g); }
    static Lanes lanes(const uint8_t* b, int i) { return lookup16(kLevels, nibble_lanes(b + 8 + 16 * i, 64)); }
};

struct iq4_xs : iq4_xs_codes<false> {
    using Narrow = iq4_xs_codes<true>;
};
