#pragma once

struct q8_0 : Layout<Type::Q8_0> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 32, kZero = 0, kMax = 128;
    static constexpr bool kSigned = true, kMin = false;

    static void scales(const uint8_t* b, float* scale, float*) { scale[0] = load_f16(b); }
    static u8x32 codes(const uint8_t* b, int) { return load32(b + 2); }
};
