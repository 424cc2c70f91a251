#pragma once

// ql[128], qh[64], int8 scales[16], d. A half of 128 values: 64 bytes of low nibbles, 32 bytes with 2 high bits of each group.
struct q6_k : Layout<Type::Q6_K> {
    static constexpr bool kFloat = false;
    static constexpr int kGroup = 16, kZero = 32, kMax = 63;
    static constexpr Codes kKind = Codes::Unsigned;
    static constexpr bool kMin = false;

    static constexpr int kScaleZero = 0;

    static float unit(const uint8_t* b) { return load_f16(b + 208); }
    static void whole_scales(const uint8_t* b, uint64_t (&scale)[2], uint64_t (&)[2]) {
        for (int i = 0; i < 2; ++i) scale[i] = load_u64(b + 192 + 8 * i);
    }
    static void scales(const uint8_t* b, float* scale, float*) {
        for (int i = 0; i < 2; ++i) store8(scale + 8 * i, from_signed_bytes(load_u64(b + 192 + 8 * i)) * unit(b));
    }
    static u8x32 codes(const uint8_t* b, int g) {
        const u8x32 low = load32(b + 64 * (g / 4) + 32 * (g % 2)), high = load32(b + 128 + 32 * (g / 4));
        return field(low, g % 4 < 2 ? 0 : 4, 4) | field_at(high, 2 * (g % 4), 2, 4);
    }
};
