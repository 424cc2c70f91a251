#pragma once

// Five ternary digits a byte, the first in the highest place of a fraction of 256: qs[48] (the last 16 apart), then qh[4] with
// four digits each.
struct tq1_0 : Layout<Type::TQ1_0> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 32, kZero = 1, kMax = 2;
    static constexpr Codes kKind = Codes::Unsigned;
    static constexpr bool kMin = false;

    static void scales(const uint8_t* b, float* scale, float*) {
        for (int g = 0; g < 8; ++g) scale[g] = load_f16(b + 52);
    }
    static u8x32 codes(const uint8_t* b, int g) {
        constexpr uint64_t kOnes = 0x0101010101010101, kPow3[5] = {kOnes, 3 * kOnes, 9 * kOnes, 27 * kOnes, 81 * kOnes};
        if (g < 5) return top_digit(load32(b) * words(kPow3[g], kPow3[g], kPow3[g], kPow3[g]));
        const int n = 2 * (g - 5);
        if (g < 7) return top_digit(load16(b + 32, b + 32) * words(kPow3[n], kPow3[n], kPow3[n + 1], kPow3[n + 1]));
        const uint64_t last = load_u32(b + 48), twice = last | last << 32;
        uint64_t low[2];
        memcpy(low, b + 32, sizeof low);
        return top_digit(words(low[0], low[1], twice, twice) *
                         words(kPow3[4], kPow3[4], (kOnes & 0xffffffff) | 3 * kOnes << 32, (9 * kOnes & 0xffffffff) | 27 * kOnes << 32));
    }

private:
    // 3 * a / 256
    static u8x32 top_digit(u8x32 a) { return fill(0) - at_least(a, fill(86)) - at_least(a, fill(171)); }
};
