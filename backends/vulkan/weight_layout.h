// How matrices lie in GPU memory. The blocks of most formats have odd sizes; taken apart into planes (all codes of a matrix, then all
// scales, ...), every part can be read in aligned words. Rows keep their order, blocks their order within a row. Rows of float formats are
// padded with zeros to whole units of 32 values.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/plan/weights.h"

namespace dlgo::vulkan {

// Bytes `offset` .. `offset + bytes` of every block.
struct Plane {
    uint16_t offset, bytes;
};

// In the order that shaders/quant/<format>.glsl expects; empty for formats that have no shader.
std::span<const Plane> planes(Type type) noexcept;

// Blocks of a row, padding included.
uint32_t row_blocks(Type type, uint32_t n_in) noexcept;

// Bytes of n rows: each plane rounded up to 16 bytes.
uint64_t layout_bytes(Type type, uint32_t n_in, uint64_t n_rows) noexcept;

// Blocks [begin, end) of one plane of rows that begin at `rows` (in the file's layout), to out.
void pack(const Matrix& matrix, const uint8_t* rows, const Plane& plane, uint64_t begin, uint64_t end, std::byte* out) noexcept;

}  // namespace dlgo::vulkan
