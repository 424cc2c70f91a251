// Matrix kernels over weights in the layout of the file. One table of functions per instruction set.
// They allocate nothing, take no lock and use the calling thread only: each thread has its own range of weight rows.
#pragma once
#include <cstddef>
#include <cstdint>

#include "backends/cpu/isa/isa.h"
#include "backends/cpu/rows.h"
#include "core/quant/formats.h"

namespace dlgo::cpu {

// How activations are handed to a kernel. One row of n values has activation_bytes(form, n) bytes.
enum class ActForm : uint8_t {
    F32,        // float[n]; the input itself, nothing to prepare
    Q8,         // int8 in groups of 32 with float scales and sums; n is a multiple of 32
    BF16,       // bfloat16[n], then zeros
    Pairs,      // int16 in blocks of 256 with a float scale and sums of products of pairs; n is a multiple of 32
    Fours,      // sums of the Pairs of four rows, which are prepared together; where there are Pairs, linear_mat takes these, too
    BytePairs,  // int8 in groups of 32 with float scales and sums of products of pairs; n is a multiple of 32. Such forms are this one and those after it
    Bounded = BytePairs + 10,  // int8 in groups of 32 with float scales, and sums; n is a multiple of 32. Again such forms are this one and those after it
};
constexpr int kBytePairKinds = static_cast<int>(ActForm::Bounded) - static_cast<int>(ActForm::BytePairs), kBounds = 8;
constexpr int kActForms = static_cast<int>(ActForm::Bounded) + kBounds;

constexpr int kFoursPanel = 64;       // weight rows that are multiplied at a time
constexpr size_t kLeastOfFours = 96;  // activation rows for which they are worth it
// The form to take instead, where rows are prepared in fours.
constexpr ActForm in_fours(ActForm form, size_t rows) noexcept { return form == ActForm::Pairs && rows >= kLeastOfFours ? ActForm::Fours : form; }

size_t activation_bytes(ActForm form, size_t n) noexcept;

// Of rows that follow each other, and of what kernels read beyond the last one without using it.
size_t activation_bytes(ActForm form, size_t n, size_t rows) noexcept;

struct LinearMat {
    Type type;
    ActForm form;          // of the activations
    const void* weights;   // row 0; rows of n values follow each other without padding
    size_t n;              // values per row, a multiple of the type's block
    const void* act;       // [rows, n]
    size_t rows;           // activation rows
    Rows out;              // out.row(i)[r] = dot(weight row r, activation row i)
    const void* next = nullptr;  // weights that the thread is likely to want afterwards, as many of them; or nullptr
    size_t turn = 0;       // threads that run at the same time have different ones, and do not begin with the same activations
    const float* factors = nullptr;  // [rows], multiplied with the rows of out; or nullptr. Only with the BF16 form
    Rows sums{};  // room like that of out for sums of a part of the products; or none: they are in out
};

struct Kernels {
    Isa isa;

    // The form that weights of this type want for so many activation rows. linear_mat also takes that of more rows.
    ActForm (*form)(Type type, size_t rows) noexcept;

    // x: [rows, n]. out: activation_bytes(form, n, rows), 64-byte aligned.
    void (*prepare)(ActForm form, ConstRows x, size_t rows, size_t n, void* out) noexcept;

    // Rows of n values to bfloat16, as they are in the BF16 form, y_stride values apart; nullptr if no weights want that.
    void (*to_bf16)(ConstRows x, uint16_t* y, size_t y_stride, size_t rows, size_t n) noexcept;
    // The same times weights (nullptr: 1), n a multiple of 32. squares[i] is the sum of the squares of row i of x.
    void (*weighted_to_bf16)(ConstRows x, const float* weight, uint16_t* y, size_t y_stride, size_t rows, size_t n, float* squares) noexcept;

    // out[r] = dot(weight row r, act) for r0 <= r < r1; act in form(type, 1). stream: the weights are in no cache, and will be in none when they
    // are wanted again; to be given if reads_past_caches().
    void (*linear_vec)(Type type, const void* weights, size_t n, const void* act, size_t r0, size_t r1, bool stream, float* out) noexcept;

    // All activation rows against the weight rows r0 <= r < r1. scratch: mat_scratch bytes, 64-byte aligned.
    void (*linear_mat)(const LinearMat& job, size_t r0, size_t r1, void* scratch) noexcept;
    size_t mat_scratch;
    size_t (*mat_rows)(Type type) noexcept;  // weight rows of a panel: ranges whose bounds are multiples of it waste nothing
    bool wants_sums;  // linear_mat adds to its sums again and again: in rows of `out` that are a power of two apart they would fall into few sets of the cache

    // Converts n values of one row to float (embeddings).
    void (*get_row)(Type type, const void* row, float* out, size_t n) noexcept;
};

// isa must be present. pairs: the kernels of AVX2 that do with half of the multiplications, and more additions.
const Kernels& kernels(Isa isa, bool pairs) noexcept;
inline const Kernels& kernels(Isa isa) { return kernels(isa, isa == Isa::Avx2 && multiplies_bytes_once()); }

}  // namespace dlgo::cpu
