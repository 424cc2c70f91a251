// Blocks of one tensor type and their values: "DLQVEC01", int32 type n_blocks block_values block_bytes, the blocks, the values.
#include <cmath>
#include <cstdio>
#include <cstring>

#include "core/quant/formats.h"
#include "golden.h"

namespace dlgo_golden {
namespace {

constexpr float kTolerance = 1e-6f;  // relative: the order of the multiplications

bool same(float want, float got) {
    if (want == 0) return got == 0;
    return std::fabs(got - want) <= kTolerance * std::fabs(want);
}

}  // namespace

int quants(const Args& args) {
    const std::string data = read_file(args[0]);
    int32_t head[4];
    if (data.size() < 24 || data.compare(0, 8, "DLQVEC01") != 0) throw Failure(args[0] + ": not a file of quantized blocks");
    std::memcpy(head, data.data() + 8, sizeof head);
    const auto n_blocks = static_cast<size_t>(head[1]), values = static_cast<size_t>(head[2]), bytes = static_cast<size_t>(head[3]);
    if (data.size() != 24 + n_blocks * (bytes + values * sizeof(float))) throw Failure(args[0] + ": wrong size");

    const dlgo::TypeTraits* type = dlgo::find_type(static_cast<uint32_t>(head[0]));
    if (!type) throw Failure("type " + std::to_string(head[0]) + " is unknown");
    if (values % type->block != 0 || type_bytes(type->type, values) != bytes) throw Failure(std::string(type->name) + ": other block size");

    size_t equal = 0;
    std::vector<float> want(values), got(values);
    for (size_t i = 0; i < n_blocks; ++i) {
        const std::string block = data.substr(24 + i * bytes, bytes);
        std::memcpy(want.data(), data.data() + 24 + n_blocks * bytes + i * values * sizeof(float), values * sizeof(float));
        dlgo::dequantize(type->type, block.data(), got.data(), values);
        size_t wrong = 0;
        while (wrong < values && same(want[wrong], got[wrong])) ++wrong;
        if (wrong == values) {
            ++equal;
        } else {
            std::printf("block %zu value %zu: %.9g, expected %.9g\n", i, wrong, static_cast<double>(got[wrong]),
                        static_cast<double>(want[wrong]));
        }
    }
    return report(equal, n_blocks);
}

}  // namespace dlgo_golden
