// What a plan refers to: matrices as they are in the file, and small float vectors.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/quant/formats.h"

namespace dlgo {

class Gguf;

using MatrixId = uint32_t;
using ParamId = uint32_t;
inline constexpr MatrixId kNoMatrix = 0xFFFFFFFF;
inline constexpr ParamId kNoParam = 0xFFFFFFFF;

// A stack of `count` matrices, each of n_out rows of n_in values, each stride bytes after the one before. Rows are contiguous.
struct Matrix {
    std::string name;
    Type type = Type::F32;
    uint32_t n_in = 0, n_out = 0, count = 1;
    uint64_t stride = 0;
    const uint8_t* data = nullptr;  // nullptr when only the header was read
    uint64_t row_bytes() const noexcept { return type_bytes(type, n_in); }
    uint64_t bytes() const noexcept { return row_bytes() * n_out * count; }
};

// Norm weights, biases, rope frequencies, ...: converted to float at load.
struct Param {
    std::string name;
    std::vector<float> values;
};

// Immutable after the plan is built. Keeps the file alive.
struct Weights {
    std::shared_ptr<const Gguf> file;
    std::vector<Matrix> matrices;
    std::vector<Param> params;
    std::vector<std::vector<uint8_t>> owned;  // bytes of matrices that were derived at load
};

}  // namespace dlgo
