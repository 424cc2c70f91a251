#include "backends/cpu/ops/matrix.h"

namespace dlgo::cpu {

Mat::Mat(const Compiler& c, const MatRef& ref) {
    const Matrix& m = c.model.weights->matrices[ref.matrix];
    type = m.type;
    stride = m.stride;
    row_bytes = m.row_bytes();
    data = m.data + ref.row0 * row_bytes;
    n_in = m.n_in;
    n_out = ref.n_out;
    bias = c.param(ref.bias);
    scale = c.param(ref.scale);
}

size_t Activations::bytes(size_t rows) const noexcept {
    size_t sum = 0;
    for (size_t form = 0; form < kForms; ++form) sum += block(form, rows);
    return sum;
}

void Activations::prepare_form(size_t form, ConstRows x, size_t count, size_t first, std::byte* block) const noexcept {
    const auto kind = static_cast<ActForm>(form);
    kernels_->prepare(kind, x, count, n_, block + first * activation_bytes(kind, n_));
}

void Activations::prepare(const float* x, size_t row, size_t rows, std::byte* memory) const noexcept {
    for (size_t form = 0; form < kForms; ++form) {
        if (wanted_[form]) prepare_form(form, {x}, 1, row, memory);
        memory += block(form, rows);
    }
}

void Activations::prepare_for(size_t use_rows, ConstRows x, size_t count, size_t first, size_t rows, std::byte* memory) const noexcept {
    for (size_t form = 0; form < kForms; ++form) {
        const bool needed = std::any_of(types_.begin(), types_.end(), [&](Type type) { return form_index(type, use_rows) == form; });
        if (needed) prepare_form(form, x, count, first, memory);
        memory += block(form, rows);
    }
}

size_t Activations::place(Type type, size_t use_rows, size_t rows) const noexcept {
    size_t at = 0;
    for (size_t form = 0; form < form_index(type, use_rows); ++form) at += block(form, rows);
    return at;
}

SharedRows::SharedRows(std::span<const Mat> mats, uint32_t multiple) {
    constexpr uint64_t kUnitBytes = 16 << 10;
    for (const Mat& m : mats) {
        const uint64_t rows = kUnitBytes / std::max<uint64_t>(1, m.row_bytes) + 1;
        const auto unit = static_cast<uint32_t>((rows + multiple - 1) / multiple * multiple);
        const uint32_t first = units_;
        units_ += (m.n_out + unit - 1) / unit;
        parts_.push_back({first, units_, unit, m.n_out});
    }
}

}  // namespace dlgo::cpu
