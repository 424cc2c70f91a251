#pragma once

// The sixteen levels of IQ4_NL and IQ4_XS.
static constexpr int8_t kIq4Levels[16] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

struct iq4_nl : Layout<Type::IQ4_NL> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 32, kZero = 0, kMax = 127;
    static constexpr Codes kKind = Codes::Signed;
    static constexpr bool kMin = false, kGroupNibbles = true;
    static constexpr auto& kLevels = kIq4Levels;

    static void scales(const uint8_t* b, float* scale, float*) { scale[0] = load_f16(b); }
    static void scales256(const uint8_t* b, float* scale, float*) { store8(scale, load_halves(b, kBytes)); }
    static u8x32 codes(const uint8_t* b, int) { return lookup16(kLevels, nibbles16(b + 2)); }
    static u8x32 nibbles(const uint8_t* b, int g) { return load16(b + g * kBytes + 2, b + (g + 1) * kBytes + 2); }
    static Lanes lanes(const uint8_t* b, int i) { return lookup16(kLevels, nibble_lanes(b + i * kBytes + 2, 4 * kBytes)); }
};
