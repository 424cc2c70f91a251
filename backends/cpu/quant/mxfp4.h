#pragma once

// Twice the e2m1 values, plus 12; shared by MXFP4 and NVFP4 (OCP Microscaling Formats 1.0).
static constexpr int8_t kFp4Levels[16] = {12, 13, 14, 15, 16, 18, 20, 24, 12, 11, 10, 9, 8, 6, 4, 0};

// An exponent of 8 bits, then 16 bytes of nibbles.
struct mxfp4 : Layout<Type::MXFP4> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 32, kZero = 12, kMax = 24;
    static constexpr Codes kKind = Codes::Unsigned;
    static constexpr bool kMin = false;

    static void scales(const uint8_t* b, float* scale, float*) { scale[0] = half_power(b[0]); }
    static void scales256(const uint8_t* b, float* scale, float*) {
        for (int i = 0; i < 8; ++i) scale[i] = half_power(b[i * kBytes]);
    }
    static u8x32 codes(const uint8_t* b, int) { return lookup16(kFp4Levels, nibbles16(b + 1)); }

private:
    // Half of 2^(e - 127), which is subnormal for e < 2.
    static float half_power(uint32_t e) { return bits_to_float(e < 2 ? 0x00200000u << e : (e - 1) << 23); }
};
