// The choice of the codec, and any codec to floats.
#pragma once

// body.operator()<Codec>() with the type's codec.
template <typename Body>
static inline auto with_codec(Type type, const Body& body) {
    switch (type) {
#define X(NAME, name, id, block, bytes) \
    case Type::NAME: return body.template operator()<name>();
#include "core/quant/formats.inc"
#undef X
    }
    __builtin_unreachable();
}

// kLanes floats, of which only the first `count` are in the row; the others are zero.
template <typename Codec>
static inline vfloat load_tail(const uint8_t* p, size_t count) {
    uint8_t bytes[kLanes * 4] = {};
    memcpy(bytes, p, count * Codec::kBytes);
    return Codec::load(bytes);
}

template <typename Codec>
static void dequantize_row(const uint8_t* w, float* out, size_t n) {
    if constexpr (Codec::kFloat) {
        size_t i = 0;
        for (; i + kLanes <= n; i += kLanes) store_f(out + i, Codec::load(w + i * Codec::kBytes));
        if (i < n) {
            float rest[kLanes];
            store_f(rest, load_tail<Codec>(w + i * Codec::kBytes, n - i));
            memcpy(out + i, rest, (n - i) * sizeof(float));
        }
    } else {
        constexpr int kGroups = Codec::kBlock / Codec::kGroup;
        float scale[kGroups], min[kGroups];
        uint8_t codes[32];
        for (; n > 0; n -= Codec::kBlock, w += Codec::kBytes) {
            Codec::scales(w, scale, min);
            for (int g = 0; g < Codec::kBlock / 32; ++g, out += 32) {
                store32(codes, signed_codes<Codec>(w, g));
                for (int i = 0; i < 32; ++i) {
                    const int code = Codec::kKind != Codes::Unsigned ? static_cast<int8_t>(codes[i]) : codes[i] - Codec::kZero;
                    const int s = (32 * g + i) / Codec::kGroup;
                    const float v = scale[s] * static_cast<float>(code);
                    out[i] = Codec::kMin ? v - min[s] : v;
                }
            }
        }
    }
}
