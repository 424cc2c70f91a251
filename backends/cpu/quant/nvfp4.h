#pragma once
#include "backends/cpu/quant/mxfp4.h"

// Half of each ue4m3 value (the levels are doubled): 4 bits of exponent with bias 7, 3 of mantissa; 0x7f is not a number and read as 0.
struct Ue4m3Halves {
    float v[256] = {};
    constexpr Ue4m3Halves() {
        for (int s = 0; s < 256; ++s) {
            const int exponent = s >> 3 & 15, mantissa = s & 7;
            v[s] = static_cast<float>(exponent == 0 ? mantissa : 8 + mantissa) * 0x1p-10f;
            for (int e = 1; e < exponent; ++e) v[s] *= 2;
        }
        v[0x7f] = 0;
    }
};
static constexpr Ue4m3Halves kUe4m3Halves;

// Four scales of 8 bits (ue4m3), one for each 16 values; then per 16 values 8 bytes of nibbles.
struct nvfp4 : Layout<Type::NVFP4> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 16, kZero = 12, kMax = 24;
    static constexpr Codes kKind = Codes::Unsigned;
    static constexpr bool kMin = false;

    static void scales(const uint8_t* b, float* scale, float*) {
        for (int i = 0; i < 4; ++i) scale[i] = kUe4m3Halves.v[b[i]];
    }
    static void scales256(const uint8_t* b, float* scale, float*) {
        for (int i = 0; i < 4; ++i) scales(b + i * kBytes, scale + 4 * i, nullptr);
    }
    static u8x32 codes(const uint8_t* b, int g) {
        const u8x32 n = nibbles16(b + 4 + 16 * g);  // low nibbles of both halves, then their high nibbles
        return lookup16(kFp4Levels, swap_middle(n));
    }
};
