#pragma once
#include "backends/cpu/quant/mxfp4.h"

// Four scales of 8 bits (ue4m3), one for each 16 values; then per 16 values 8 bytes of nibbles.
struct nvfp4 : Layout<Type::NVFP4> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 16, kZero = 12, kMax = 24;
    static constexpr Codes kKind = Codes::Unsigned;
    static constexpr bool kMin = false;

    static void scales(const uint8_t* b, float* scale, float*) {
        for (int i = 0; i < 4; ++i) scale[i] = half_scale(b[i]);
    }
    static void scales256(const uint8_t* b, float* scale, float*) {
        for (int i = 0; i < 4; ++i) scales(b + i * kBytes, scale + 4 * i, nullptr);
    }
    static u8x32 codes(const uint8_t* b, int g) {
        const u8x32 n = nibbles16(b + 4 + 16 * g);  // low nibbles of both halves, then their high nibbles
        return lookup16(kFp4Levels, swap_middle(n));
    }

private:
    // Half the value (the levels are doubled): 4 bits of exponent with bias 7, 3 of mantissa; 0x7f is not a number and read as 0.
    static float half_scale(uint8_t s) {
        const uint32_t exponent = s >> 3 & 15, mantissa = s & 7;
        if (s == 0x7f) return 0.0f;
        if (exponent == 0) return static_cast<float>(mantissa) * 0x1p-10f;
        return bits_to_float((exponent + 119) << 23 | mantissa << 20);
    }
};
