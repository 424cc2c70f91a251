// lanes256.h's names for a single float: what the float formats need in plain C++.
#pragma once

using vfloat = float;
static constexpr int kLanes = 1;

static inline vfloat load_f(const float* p) { return *p; }
static inline void store_f(float* p, vfloat a) { *p = a; }

static inline float half_to_float(uint16_t h) {
    const uint32_t sign = static_cast<uint32_t>(h & 0x8000) << 16, rest = h & 0x7fff;
    float v;
    if (rest < 0x0400) {  // subnormal: units of 2^-24
        v = static_cast<float>(rest) * 0x1p-24f;
        return sign ? -v : v;
    }
    // Infinities and NaNs keep their exponent of all ones.
    const uint32_t bits = sign | ((rest << 13) + (rest < 0x7c00 ? 112u << 23 : 224u << 23));
    memcpy(&v, &bits, sizeof v);
    return v;
}

static inline vfloat widen_f32(const void* p) {
    float v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline vfloat widen_f16(const void* p) {
    uint16_t h;
    memcpy(&h, p, sizeof h);
    return half_to_float(h);
}

static inline vfloat widen_bf16(const void* p) {
    uint16_t h;
    memcpy(&h, p, sizeof h);
    const uint32_t bits = static_cast<uint32_t>(h) << 16;
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

// Eight halves, `stride` bytes apart.
static inline f32x8 load_halves(const uint8_t* p, int stride) {
    f32x8 r;
    for (int i = 0; i < 8; ++i) r.v[i] = widen_f16(p + i * stride);
    return r;
}
