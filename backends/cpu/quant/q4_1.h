#pragma once

struct q4_1 : Layout<Type::Q4_1> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 32, kZero = 0, kMax = 15;
    static constexpr Codes kKind = Codes::Unsigned;
    static constexpr bool kMin = true, kGroupNibbles = true;

    static void scales(const uint8_t* b, float* scale, float* min) {
        scale[0] = load_f16(b);
        min[0] = -load_f16(b + 2);
    }
    static void scales256(const uint8_t* b, float* scale, float* min) {
        store8(scale, load_halves(b, kBytes));
        store8(min, load_halves(b + 2, kBytes) * -1.0f);
    }
    static u8x32 codes(const uint8_t* b, int) { return nibbles16(b + 4); }
    static u8x32 nibbles(const uint8_t* b, int g) { return load16(b + g * kBytes + 4, b + (g + 1) * kBytes + 4); }
    static Lanes lanes(const uint8_t* b, int i) { return nibble_lanes(b + i * kBytes + 4, 4 * kBytes); }
};
