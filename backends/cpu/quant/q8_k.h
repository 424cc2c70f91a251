#pragma once

// float scale, int8[256], then sums of 16 codes (not needed here).
struct q8_k : Layout<Type::Q8_K> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 32, kZero = 0, kMax = 128;
    static constexpr Codes kKind = Codes::Signed;
    static constexpr bool kMin = false, kPlain = true;

    static void scales(const uint8_t* b, float* scale, float*) {
        for (int g = 0; g < 8; ++g) scale[g] = bits_to_float(load_u32(b));
    }
    static u8x32 codes(const uint8_t* b, int g) { return load32(b + 4 + 32 * g); }
};
