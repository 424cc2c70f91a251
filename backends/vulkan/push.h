// Push constants: the arguments of a dispatch. All shaders share one layout of so many bytes.
#pragma once
#include <cstdint>

namespace dlgo::vulkan {

inline constexpr uint32_t kPushBytes = 256;
inline constexpr uint32_t kNone = 0xFFFFFFFF;  // an offset that is not there; kNone in shaders/lib/memory.glsl

// RunParams in shaders/lib/memory.glsl.
struct RunParams {
    uint32_t rows, position, logits_rows, logits_first;
};

}  // namespace dlgo::vulkan
