#pragma once

// qs[64]: grid indices of four values; then per group of 32 a word of four 7-bit signs and a 4-bit scale.
struct iq3_xxs : Layout<Type::IQ3_XXS> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 32, kZero = 0, kMax = 62;
    static constexpr Codes kKind = Codes::Sign;
    static constexpr bool kMin = false;

    static void scales(const uint8_t* b, float* scale, float*) {
        const float d = load_f16(b);
        uint64_t all = 0;
        for (int g = 0; g < 8; ++g) all |= static_cast<uint64_t>(b[66 + 4 * g + 3] >> 4) << (8 * g);
        store8(scale, (from_bytes(all) + 0.5f) * (0.5f * d));
    }
    static u8x32 codes(const uint8_t* b, int g) {
        const uint8_t* q = b + 2 + 8 * g;
        const auto pair = [q](int i) { return kGridIq3Xxs.v[q[i]] | static_cast<uint64_t>(kGridIq3Xxs.v[q[i + 1]]) << 32; };
        return words(pair(0), pair(2), pair(4), pair(6));
    }
    static u8x32 signs(const uint8_t* b, int g) { return even_signs(load_u32(b + 66 + 4 * g)); }
};
