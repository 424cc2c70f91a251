#pragma once

struct q4_0 : Layout<Type::Q4_0> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 32, kZero = 8, kMax = 15;
    static constexpr Codes kKind = Codes::Unsigned;
    static constexpr bool kMin = false, kGroupNibbles = true;

    static void scales(const uint8_t* b, float* scale, float*) { scale[0] = load_f16(b); }
    static void scales256(const uint8_t* b, float* scale, float*) { store8(scale, load_halves(b, kBytes)); }
    static u8x32 codes(const uint8_t* b, int) { return nibbles16(b + 2); }
    static u8x32 nibbles(const uint8_t* b, int g) { return load16(b + g * kBytes + 2, b + (g + 1) * kBytes + 2); }
    static Lanes lanes(const uint8_t* b, int i) { return nibble_lanes(b + i * kBytes + 2, 4 * kBytes); }
};
