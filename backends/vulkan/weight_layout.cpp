#include "backends/vulkan/weight_layout.h"

#include <algorithm>
#include <cstring>

namespace dlgo::vulkan {

namespace {

constexpr uint32_t kUnit = 32;  // values

constexpr Plane kF32[] = {{0, 4}}, kF16[] = {{0, 2}};
constexpr Plane kQ8_0[] = {{2, 32}, {0, 2}};
constexpr Plane kQ4_0[] = {{2, 16}, {0, 2}};
constexpr Plane kQ4_K[] = {{16, 128}, {4, 12}, {0, 4}};
constexpr Plane kQ6_K[] = {{0, 128}, {128, 64}, {192, 16}, {208, 2}};

template <size_t kBytes>
void gather(const uint8_t* from, size_t step, size_t n, std::byte* out) noexcept {
    for (size_t i = 0; i < n; ++i) std::memcpy(out + i * kBytes, from + i * step, kBytes);
}

void gather(const uint8_t* from, size_t step, size_t bytes, size_t n, std::byte* out) noexcept {
    if (bytes == step) {
        std::memcpy(out, from, bytes * n);
        return;
    }
    switch (bytes) {
        case 2: return gather<2>(from, step, n, out);
        case 4: return gather<4>(from, step, n, out);
        case 12: return gather<12>(from, step, n, out);
        case 16: return gather<16>(from, step, n, out);
        case 32: return gather<32>(from, step, n, out);
        case 64: return gather<64>(from, step, n, out);
        case 128: return gather<128>(from, step, n, out);
        default:
            for (size_t i = 0; i < n; ++i) std::memcpy(out + i * bytes, from + i * step, bytes);
    }
}

}  // namespace

std::span<const Plane> planes(Type type) noexcept {
    switch (type) {
        case Type::F32: return kF32;
        case Type::F16:
        case Type::BF16: return kF16;
        case Type::Q8_0: return kQ8_0;
        case Type::Q4_0: return kQ4_0;
        case Type::Q4_K: return kQ4_K;
        case Type::Q6_K: return kQ6_K;
        default: return {};
    }
}

uint32_t row_blocks(Type type, uint32_t n_in) noexcept {
    const uint32_t block = traits(type).block;
    return block >= kUnit ? n_in / block : (n_in + kUnit - 1) / kUnit * kUnit / block;
}

uint64_t layout_bytes(Type type, uint32_t n_in, uint64_t n_rows) noexcept {
    uint64_t sum = 0;
    for (const Plane& plane : planes(type)) sum += (n_rows * row_blocks(type, n_in) * plane.bytes + 15) / 16 * 16;
    return sum;
}

void pack(const Matrix& matrix, const uint8_t* rows, const Plane& plane, uint64_t begin, uint64_t end, std::byte* out) noexcept {
    const TypeTraits& t = traits(matrix.type);
    const uint64_t there = row_blocks(matrix.type, matrix.n_in), here = matrix.n_in / t.block;
    if (there == here) {
        gather(rows + begin * t.block_bytes + plane.offset, t.block_bytes, plane.bytes, end - begin, out);
        return;
    }
    std::memset(out, 0, (end - begin) * plane.bytes);
    for (uint64_t row = begin / there; row * there < end; ++row) {
        const uint64_t first = std::max(begin, row * there), last = std::min(end, row * there + here);
        if (first >= last) continue;
        gather(rows + (row * here + first - row * there) * t.block_bytes + plane.offset, t.block_bytes, plane.bytes, last - first,
               out + (first - begin) * plane.bytes);
    }
}

}  // namespace dlgo::vulkan
