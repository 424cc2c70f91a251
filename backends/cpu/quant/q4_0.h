#pragma once

struct q4_0 : Layout<Type::Q4_0> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 32, kZero = 8, kMax = 15;
    static constexpr bool kSigned = false, kMin = false;

    static void scales(const uint8_t* b, float* scale, float*) { scale[0] = load_f16(b); }
    static u8x32 codes(const uint8_t* b, int) { return nibbles16(b + 2); }
};
