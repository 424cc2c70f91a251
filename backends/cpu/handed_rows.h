// Rows that one step leaves in the form in which the next one multiplies them, so that nobody has to read and round them in between.
#pragma once
#include <span>
#include <vector>

#include "backends/cpu/kernels.h"
#include "backends/cpu/op_kernels.h"
#include "core/plan/plan.h"

namespace dlgo::cpu {

class Compiler;
class Memory;

// As the BF16 form has them.
struct HandedRows {
    // Rows of other lengths are filled up with zeros, which nobody who leaves a part of a row would write.
    static constexpr bool fits(size_t width) noexcept { return width % 32 == 0; }

    std::byte* data = nullptr;
    size_t row_bytes = 0;
    const Kernels* kernels = nullptr;
    Type type = Type::F32;  // of the weights

    // Whether a run of so many rows hands them over; else they are floats, as ever.
    bool at(size_t rows) const noexcept { return data && kernels->form(type, rows) == ActForm::BF16; }
    std::byte* row(size_t i) const noexcept { return data + i * row_bytes; }
    // n values of each of so many rows, from row `first` and value `begin` on.
    void put(size_t first, size_t begin, ConstRows x, size_t rows, size_t n) const noexcept {
        kernels->to_bf16(x, reinterpret_cast<uint16_t*>(row(first)) + begin, row_bytes / sizeof(uint16_t), rows, n);
    }
};

// Rows before an RMS norm, times its weights. Results of products with them are to be multiplied by one factor for each row, which comes of the squares
// that are left beside them.
struct HandedNorm {
    static constexpr size_t kPiece = 32;  // values whose squares are summed; rows that fit() are multiples of it

    HandedRows rows;
    NormArgs norm{};
    size_t width = 0, max_rows = 0;
    float* squares = nullptr;  // [width / kPiece][max_rows]

    bool at(size_t n) const noexcept { return rows.at(n); }
    // As HandedRows::put; begin and n are multiples of kPiece.
    void put(size_t first, size_t begin, ConstRows x, size_t rows, size_t n) const noexcept;
    // Of the first n rows.
    void factors(size_t n, float* out) const noexcept;
};

// What a step hands over and is handed.
struct StepHandover {
    HandedRows gives, takes;
    HandedNorm gives_norm, takes_norm;
};

// For each of the steps. Rows without a norm are in the memory of the buffer that would have the floats: only those of buffers that the steps write again
// afterwards, so that whoever reads the buffer when they are done finds floats. Those before a norm are left besides the floats, in `place`, which
// becomes as large as the first ones need; wider ones are not handed over.
std::vector<StepHandover> find_handovers(const Compiler& c, std::span<const Step> steps, Memory& place);

}  // namespace dlgo::cpu
