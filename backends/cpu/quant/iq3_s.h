#pragma once

// qs[64]: low 8 bits of the grid index; qh[8]: the ninth bits; signs[32]; scales[4]: 4 bits for each 32 values.
struct iq3_s : Layout<Type::IQ3_S> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 32, kZero = 0, kMax = 15;
    static constexpr Codes kKind = Codes::Sign;
    static constexpr bool kMin = false;

    static void scales(const uint8_t* b, float* scale, float*) {
        const float d = load_f16(b);
        store8(scale, (from_nibbles(load_u32(b + 106)) * 2.0f + 1.0f) * d);
    }
    static u8x32 codes(const uint8_t* b, int g) {
        const uint8_t* q = b + 2 + 8 * g;
        const uint32_t h = b[66 + g];
        const auto entry = [q, h](int i) { return uint64_t{kGridIq3S.v[q[i] | (h >> i & 1) << 8]}; };
        const auto pair = [entry](int i) { return entry(i) | entry(i + 1) << 32; };
        return words(pair(0), pair(2), pair(4), pair(6));
    }
    static u8x32 signs(const uint8_t* b, int g) { return expand_bits(load_u32(b + 74 + 4 * g)); }
};
