#pragma once

// scales[16]: scale in the low, minimum in the high 4 bits. qs[64]: 2 bits, 32 bytes serve four groups of 32.
struct q2_k : Layout<Type::Q2_K> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 16, kZero = 0, kMax = 3;
    static constexpr Codes kKind = Codes::Unsigned;
    static constexpr bool kMin = true;

    static constexpr int kScaleZero = 0, kLargestScale = 15;

    static float unit(const uint8_t* b) { return load_f16(b + 80); }
    static float min_unit(const uint8_t* b) { return load_f16(b + 82); }
    static void whole_scales(const uint8_t* b, uint64_t (&scale)[2], uint64_t (&min)[2]) {
        constexpr uint64_t kLow = 0x0f0f0f0f0f0f0f0f;
        for (int i = 0; i < 2; ++i) {
            const uint64_t both = load_u64(b + 8 * i);
            scale[i] = both & kLow;
            min[i] = both >> 4 & kLow;
        }
    }
    static void scales(const uint8_t* b, float* scale, float* min) {
        uint64_t s[2], m[2];
        whole_scales(b, s, m);
        for (int i = 0; i < 2; ++i) {
            store8(scale + 8 * i, from_bytes(s[i]) * unit(b));
            store8(min + 8 * i, from_bytes(m[i]) * min_unit(b));
        }
    }
    static u8x32 codes(const uint8_t* b, int g) { return field(load32(b + 16 + 32 * (g / 4)), 2 * (g % 4), 2); }
};
