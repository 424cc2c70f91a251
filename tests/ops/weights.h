// Random but plausible weights of any type.
#pragma once
#include <cstdint>
#include <cstring>
#include <random>
#include <vector>

#include "core/quant/formats.h"

namespace dlgo::test {

// Where a block's half-precision scales are.
inline std::vector<size_t> half_fields(Type type) {
    switch (type) {
        case Type::Q4_1:
        case Type::Q5_1:
        case Type::Q8_1:
        case Type::Q4_K:
        case Type::Q5_K: return {0, 2};
        case Type::Q2_K: return {80, 82};
        case Type::Q3_K: return {108};
        case Type::Q6_K: return {208};
        case Type::TQ1_0: return {52};
        case Type::TQ2_0: return {64};
        case Type::F32:
        case Type::F16:
        case Type::BF16:
        case Type::Q8_K:
        case Type::IQ1_M:
        case Type::MXFP4:
        case Type::NVFP4: return {};
        default: return {0};
    }
}

// n_values is a multiple of the type's block.
inline std::vector<uint8_t> random_weights(Type type, size_t n_values, uint32_t seed) {
    std::mt19937 random(seed);
    const size_t bytes = traits(type).block_bytes;
    std::vector<uint8_t> out(n_values / traits(type).block * bytes);
    for (uint8_t& b : out) b = static_cast<uint8_t>(random());
    std::uniform_real_distribution<float> uniform(-1.0f, 1.0f);
    const auto put16 = [](uint8_t* p, uint32_t v) {
        p[0] = static_cast<uint8_t>(v);
        p[1] = static_cast<uint8_t>(v >> 8);
    };
    for (uint8_t* b = out.data(); b < out.data() + out.size(); b += bytes) {
        const uint32_t sign = random() & 0x8000, mantissa = random() & 0x3ff;
        for (const size_t at : half_fields(type)) put16(b + at, sign | 0x2000 | mantissa);  // about 0.01
        switch (type) {
            case Type::F32:
            case Type::Q8_K: {
                const float v = uniform(random);
                std::memcpy(b, &v, sizeof v);
                break;
            }
            case Type::F16: put16(b, sign | 0x3000 | mantissa); break;
            case Type::BF16: put16(b, sign | 0x3e00 | (mantissa & 0xff)); break;
            case Type::IQ1_M:  // the halves of d are the high four bits of four words
                for (size_t i = 0; i < 4; ++i) b[49 + 2 * i] = static_cast<uint8_t>((b[49 + 2 * i] & 15) | (0x2345u >> (4 * i) & 15) << 4);
                break;
            case Type::MXFP4: b[0] = static_cast<uint8_t>(118 + random() % 8); break;
            case Type::NVFP4:
                for (size_t i = 0; i < 4; ++i) b[i] &= 0x3f;
                break;
            case Type::TQ1_0:  // only some bytes are five digits
                for (size_t i = 0; i < 52; ++i) b[i] = static_cast<uint8_t>((random() % 243 * 256 + 242) / 243);
                break;
            default: break;
        }
    }
    return out;
}

}  // namespace dlgo::test
