#pragma once

// Twice the e2m1 values, plus 12; shared by MXFP4 and NVFP4 (OCP Microscaling Formats 1.0).
static constexpr int8_t kFp4Levels[16] = {12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0};

// An exponent of 8 bits, then 16 bytes of nibbles.
struct mxfp4 : Layout<Type::MXFP4> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 32, kZero = 12, kMax = 24;
    static constexpr Codes kKind = Codes::Unsigned;
    static constexpr bool kMin = false, kGroupNibbles = true;
    static constexpr auto& kLevels = kFp4Levels;

    static void scales(const uint8_t* b, float* scale, float*) {
        scale[0] = bits_to_float(b[0] < 2 ? 0x00200000u << b[0] : (b[0] - 1u) << 23);
    }
    static void scales256(const uint8_t* b, float* scale, float*) {
        uint64_t exponents = 0;
        for (int i = 0; i < 8; ++i) exponents |= static_cast<uint64_t>(b[i * kBytes]) << (8 * i);
        store8(scale, half_powers(exponents));
    }
    static u8x32 codes(const uint8_t* b, int) { return lookup16(kLevels, nibbles16(b + 1)); }
    static u8x32 nibbles(const uint8_t* b, int g) { return load16(b + g * kBytes + 1, b + (g + 1) * kBytes + 1); }
    static Lanes lanes(const uint8_t* b, int i) { return lookup16(kLevels, nibble_lanes(b + i * kBytes + 1, 4 * kBytes)); }
};
