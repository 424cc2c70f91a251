// Rows that one step leaves in the form in which the next one multiplies them, so that nobody has to read and round them in between.
#pragma once
#include <span>

#include "backends/cpu/kernels.h"
#include "core/plan/plan.h"

namespace dlgo::cpu {

struct Model;
struct SessionMemory;

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
    // n values of row i from `begin` on.
    void put(size_t i, size_t begin, const float* x, size_t n) const noexcept { kernels->to_bf16(x, reinterpret_cast<uint16_t*>(row(i)) + begin, n); }
};

struct Handover {
    size_t taker = 0;  // a later one of the steps
    HandedRows rows;   // none: nothing is handed over
};

// What step `giver` may hand over, in the memory of the buffer that would have the floats. Only what the steps write again afterwards: whoever reads the buffer when they are done finds floats.
Handover find_handover(const Model& model, const SessionMemory& memory, std::span<const Step> steps, size_t giver, uint32_t max_rows);

}  // namespace dlgo::cpu
