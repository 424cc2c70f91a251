#pragma once

// Twice the e2m1 values, shared by MXFP4 and NVFP4 (OCP Microscaling Formats 1.0).
static constexpr int8_t kFp4Levels[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

// An exponent of 8 bits, then 16 bytes of nibbles.
struct mxfp4 : Layout<Type::MXFP4> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 32, kZero = 0, kMax = 12;
    static constexpr bool kSigned = true, kMin = false;

    // Half of 2^(e - 127), which is subnormal for e < 2.
    static void scales(const uint8_t* b, float* scale, float*) {
        scale[0] = bits_to_float(b[0] < 2 ? 0x00200000u << b[0] : static_cast<uint32_t>(b[0] - 1) << 23);
    }
    static u8x32 codes(const uint8_t* b, int) { return lookup16(kFp4Levels, nibbles16(b + 1)); }
};
