#pragma once
#include "backends/cpu/quant/iq4_xs.h"

// A format of ik_llama.cpp. d, 16 bits that choose the levels of 16 values each (IQ4_NL's, or those plus 4), 16 x 2 high bits of the
// scales, 16 x 4 low bits, then each group as in IQ4_NL.
struct iq4_k : Layout<Type::IQ4_K> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 16, kZero = 0, kMax = 127;
    static constexpr Codes kKind = Codes::Signed;
    static constexpr bool kMin = false;

    static void scales(const uint8_t* b, float* scale, float*) {
        const float d = load_f16(b);
        for (int i = 0; i < 2; ++i) store8(scale + 8 * i, split_scales(load_u32(b + 8 + 4 * i), load_u16(b + 4 + 2 * i), d));
    }
    static u8x32 codes(const uint8_t* b, int g) {
        constexpr uint64_t kFours = 0x0404040404040404;
        const uint32_t choice = load_u16(b + 2) >> (2 * g);
        const uint64_t low = (choice & 1) * kFours, high = (choice >> 1 & 1) * kFours;
        return lookup16(kIq4Levels, nibbles16(b + 16 + 16 * g)) + words(low, low, high, high);
    }
};
