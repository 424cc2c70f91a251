// A matrix of a step as memory, and activations in the forms that its kernels want.
#pragma once
#include <algorithm>

#include "backends/cpu/compiler.h"

namespace dlgo::cpu {

struct Mat {
    Type type = Type::F32;
    const uint8_t* data = nullptr;
    uint64_t stride = 0, row_bytes = 0;
    uint32_t n_in = 0, n_out = 0;
    const float *bias = nullptr, *scale = nullptr;

    Mat() = default;
    Mat(const Compiler& c, const MatRef& ref);

    // Row r of matrix `index` of the stack.
    const void* row(uint32_t r, uint32_t index = 0) const noexcept { return data + index * stride + r * row_bytes; }
    const float* bias_at(uint32_t r, uint32_t index = 0) const noexcept {
        return bias ? bias + size_t{index} * n_out + r : nullptr;
    }
    // The factor of matrix `index` on products with it.
    void rescale(const OpKernels& ops, uint32_t index, Rows y, uint32_t rows, uint32_t n) const noexcept {
        if (scale) ops.finish({.factor = scale[index]}, y, y, rows, n);
    }
    // The bias, too, of n values from `begin` on.
    void finish(const OpKernels& ops, uint32_t index, uint32_t begin, Rows y, uint32_t rows, uint32_t n) const noexcept {
        rescale(ops, index, y, rows, n);
        if (bias) ops.finish({.bias = bias_at(begin, index)}, y, y, rows, n);
    }
};

// Activation rows in several forms at once.
class Activations {
public:
    Activations(const Kernels& kernels, uint32_t n) : kernels_(&kernels), n_(n) {}
    // Many rows may be in the Fours form; to be said before what is wanted.
    void take_fours() noexcept { fours_ = true; }

    void want(Type type, size_t rows) noexcept { wanted_[form_index(type, rows)] = true; }
    // For runs of up to so many rows.
    void want_up_to(Type type, size_t rows) noexcept {
        types_.push_back(type);
        for (size_t n = 1; n <= rows; ++n) want(type, n);
    }
    size_t bytes(size_t rows) const noexcept;

    // Puts row `row` of a memory block for `rows` rows in all wanted forms.
    void prepare(const float* x, size_t row, size_t rows, std::byte* memory) const noexcept;
    // Only in those that products of `use_rows` rows need.
    void prepare_for(size_t use_rows, const float* x, size_t row, size_t rows, std::byte* memory) const noexcept {
        prepare_for(use_rows, {x}, 1, row, rows, memory);
    }
    // So many rows from row `first` on: group_rows() of them, or those that are left.
    void prepare_for(size_t use_rows, ConstRows x, size_t count, size_t first, size_t rows, std::byte* memory) const noexcept;
    // Row 0 in the form for weights of the type and so many rows at once.
    const std::byte* get(Type type, size_t use_rows, size_t rows, const std::byte* memory) const noexcept {
        return memory + place(type, use_rows, rows);
    }
    std::byte* get(Type type, size_t use_rows, size_t rows, std::byte* memory) const noexcept { return memory + place(type, use_rows, rows); }
    ActForm form(Type type, size_t use_rows) const noexcept {
        const ActForm form = kernels_->form(type, use_rows);
        return fours_ ? in_fours(form, use_rows) : form;
    }
    // Rows that are prepared together, from a multiple of that on.
    uint32_t group_rows(size_t use_rows) const noexcept {
        return std::any_of(types_.begin(), types_.end(), [&](Type type) { return form(type, use_rows) == ActForm::Fours; }) ? 4 : 1;
    }
    // Weight rows of a panel: ranges whose bounds are multiples of it waste nothing.
    uint32_t panel_rows(Type type, size_t use_rows) const noexcept {
        return form(type, use_rows) == ActForm::Fours ? kFoursPanel : static_cast<uint32_t>(kernels_->mat_rows(type));
    }
    size_t row_bytes(Type type, size_t use_rows) const noexcept { return activation_bytes(form(type, use_rows), n_); }

private:
    static constexpr size_t kForms = kActForms;
    size_t form_index(Type type, size_t rows) const noexcept { return static_cast<size_t>(form(type, rows)); }
    size_t block(size_t form, size_t rows) const noexcept {
        return wanted_[form] ? (activation_bytes(static_cast<ActForm>(form), n_, rows) + 63) / 64 * 64 : 0;
    }

    size_t place(Type type, size_t use_rows, size_t rows) const noexcept;
    void prepare_form(size_t form, ConstRows x, size_t count, size_t first, std::byte* block) const noexcept;

    const Kernels* kernels_;
    uint32_t n_;
    bool fours_ = false, wanted_[kForms] = {};
    std::vector<Type> types_;
};

// Rows of one of several matrices.
struct Chunk {
    uint32_t mat, begin, end;
};

// The rows of several matrices, in units of about as many bytes each, that threads share.
class SharedRows {
public:
    // Chunks begin at multiples of `multiple` rows.
    SharedRows(std::span<const Mat> mats, uint32_t multiple);

    // Calls body(chunk) until there are none left; as in Worker::share_ranges.
    template <typename Body>
    void share(Worker& worker, const Body& body) const noexcept {
        worker.share_ranges(units_, [&](uint32_t begin, uint32_t end) {
            for (uint32_t j = 0; j < parts_.size(); ++j) {
                const Part& part = parts_[j];
                const uint32_t first = std::max(begin, part.first), last = std::min(end, part.last);
                if (first >= last) continue;
                if (!body(Chunk{j, (first - part.first) * part.rows, std::min(part.n_out, (last - part.first) * part.rows)})) return false;
            }
            return true;
        });
    }

private:
    struct Part {
        uint32_t first, last;  // units
        uint32_t rows;         // of a unit
        uint32_t n_out;
    };
    std::vector<Part> parts_;
    uint32_t units_ = 0;
};

}  // namespace dlgo::cpu
