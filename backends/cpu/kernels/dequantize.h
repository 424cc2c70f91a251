// Any codec to floats.
#pragma once

template <typename Codec>
static void dequantize_row(const uint8_t* blocks, float* out, size_t n) {
    if constexpr (Codec::kFloat) {
        for (size_t i = 0; i < n; ++i) out[i] = Codec::load(blocks + i * Codec::kBytes);
    } else {
        constexpr int kGroups = Codec::kBlock / Codec::kGroup;
        float scale[kGroups], min[kGroups];
        uint8_t codes[32];
        for (; n > 0; n -= Codec::kBlock, blocks += Codec::kBytes) {
            Codec::scales(blocks, scale, min);
            for (int g = 0; g < Codec::kBlock / 32; ++g, out += 32) {
                store32(codes, Codec::codes(blocks, g));
                for (int i = 0; i < 32; ++i) {
                    const int code = Codec::kSigned ? static_cast<int8_t>(codes[i]) : codes[i] - Codec::kZero;
                    const int s = (32 * g + i) / Codec::kGroup;
                    const float v = scale[s] * static_cast<float>(code);
                    out[i] = Codec::kMin ? v - min[s] : v;
                }
            }
        }
    }
}
