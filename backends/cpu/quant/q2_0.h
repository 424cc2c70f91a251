#pragma once

// d, 64 values of 2 bits, four consecutive ones in a byte: -d, 0, d, 2d.
struct q2_0 : Layout<Type::Q2_0> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 32, kZero = 1, kMax = 3;
    static constexpr Codes kKind = Codes::Unsigned;
    static constexpr bool kMin = false;

    static void scales(const uint8_t* b, float* scale, float*) { scale[0] = scale[1] = load_f16(b); }
    static void scales256(const uint8_t* b, float* scale, float*) {
        for (int i = 0; i < 4; ++i) scales(b + i * kBytes, scale + 2 * i, nullptr);
    }
    static u8x32 codes(const uint8_t* b, int g) {
        const u8x32 bytes = repeat4(b + 2 + 8 * g);
        const auto nth = [bytes](int i) {
            const uint64_t place = 0x000000ff000000ffull << (8 * i);
            return field(bytes, 2 * i, 2) & words(place, place, place, place);
        };
        return nth(0) | nth(1) | nth(2) | nth(3);
    }
};
