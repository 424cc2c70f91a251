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

std::vector<Chunk> divide(std::span<const Mat> mats, uint32_t threads, uint32_t unit) {
    constexpr uint64_t kPerThread = 4, kLeastBytes = 16 << 10;
    uint64_t total = 0;
    for (const Mat& m : mats) total += m.row_bytes * m.n_out;
    const uint64_t bytes = threads == 1 ? total : std::max(kLeastBytes, total / (threads * kPerThread));
    std::vector<Chunk> chunks;
    for (uint32_t i = 0; i < mats.size(); ++i) {
        const uint64_t rows = std::max<uint64_t>(1, bytes / std::max<uint64_t>(1, mats[i].row_bytes));
        const auto step = static_cast<uint32_t>(std::min<uint64_t>(mats[i].n_out, (rows + unit - 1) / unit * unit));
        for (uint32_t r = 0; r < mats[i].n_out; r += std::max(step, 1u)) {
            chunks.push_back({i, r, std::min(mats[i].n_out, r + step)});
        }
    }
    return chunks;
}

}  // namespace dlgo::cpu
