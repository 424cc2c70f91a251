#include "backends/vulkan/weight_store.h"

#include <algorithm>
#include <set>

#include "backends/vulkan/push.h"
#include "backends/vulkan/transfer.h"
#include "backends/vulkan/weight_layout.h"
#include "core/base/error.h"
#include "core/plan/step_io.h"

namespace dlgo::vulkan {

namespace {

constexpr uint64_t kChunk = uint64_t{1} << 28;     // of weight memory; large matrices have chunks of their own
constexpr uint64_t kStaging = uint64_t{16} << 20;

std::set<MatrixId> matrices_of(const Plan& plan, std::span<const uint32_t> placed) {
    std::set<MatrixId> out;
    for (const uint32_t i : placed) {
        for (const MatrixId id : step_matrices(plan.steps[i])) out.insert(id);
    }
    return out;
}

// Floats of a parameter: the next one begins at 16 bytes.
size_t padded(const Param& param) { return (param.values.size() + 3) / 4 * 4; }

uint64_t param_bytes(const Weights& weights) {
    uint64_t n = 0;
    for (const Param& param : weights.params) n += padded(param);
    return std::max<uint64_t>(n * sizeof(float), sizeof(float));
}

}  // namespace

uint64_t WeightStore::bytes(const Plan& plan, const Weights& weights, std::span<const uint32_t> placed) {
    uint64_t sum = param_bytes(weights);
    for (const MatrixId id : matrices_of(plan, placed)) {
        const Matrix& m = weights.matrices[id];
        sum += layout_bytes(m.type, m.n_in, uint64_t{m.n_out} * m.count);
    }
    return sum;
}

WeightStore::WeightStore(std::shared_ptr<Device> device, const Plan& plan, const Weights& weights, std::span<const uint32_t> placed)
    : device_(std::move(device)), pieces_(weights.matrices.size()), homes_(weights.matrices.size()) {
    const uint64_t most = device_->max_allocation();
    std::vector<uint64_t> sizes;
    for (const MatrixId id : matrices_of(plan, placed)) {
        const Matrix& m = weights.matrices[id];
        const uint64_t row = layout_bytes(m.type, m.n_in, 1), rows_at_most = (most - 256) / row;
        if (rows_at_most == 0) fail(DLGO_ERROR_OUT_OF_MEMORY, "%s: a row of %llu bytes is more than one allocation may be", m.name.c_str(),
                                    static_cast<unsigned long long>(row));
        const uint64_t n_rows = uint64_t{m.n_out} * m.count;
        for (uint64_t first = 0; first < n_rows; first += rows_at_most) {
            const uint64_t n = std::min(rows_at_most, n_rows - first), size = (layout_bytes(m.type, m.n_in, n) + 255) / 256 * 256;
            if (sizes.empty() || sizes.back() + size > std::min(most, kChunk)) sizes.push_back(0);
            homes_[id].push_back({static_cast<uint32_t>(sizes.size() - 1), sizes.back()});
            pieces_[id].push_back({0, static_cast<uint32_t>(first), static_cast<uint32_t>(n), static_cast<uint32_t>(n * row_blocks(m.type, m.n_in))});
            sizes.back() += size;
        }
    }
    for (const uint64_t size : sizes) {
        buffers_.emplace_back(device_, size, Place::Device, "weights");
        bytes_ += size;
    }
    for (size_t id = 0; id < pieces_.size(); ++id) {
        for (size_t i = 0; i < pieces_[id].size(); ++i) pieces_[id][i].address = buffers_[homes_[id][i].buffer].address() + homes_[id][i].at;
    }
    params_ = Buffer(device_, param_bytes(weights), Place::Device, "weights");
    bytes_ += params_.size();
    upload(weights);
}

void WeightStore::upload(const Weights& weights) {
    Transfer transfer(device_, kStaging);
    for (size_t id = 0; id < pieces_.size(); ++id) {
        const Matrix& m = weights.matrices[id];
        for (size_t i = 0; i < pieces_[id].size(); ++i) {
            const Piece& piece = pieces_[id][i];
            const uint8_t* rows = m.data + piece.first_row * m.row_bytes();
            uint64_t at = homes_[id][i].at;
            for (const Plane& plane : planes(m.type)) {
                const uint64_t bytes = uint64_t{piece.n_blocks} * plane.bytes;
                transfer.write(buffers_[homes_[id][i].buffer], at, bytes, plane.bytes, [&](uint64_t begin, uint64_t end, std::byte* out) {
                    pack(m, rows, plane, begin / plane.bytes, end / plane.bytes, out);
                });
                at += (bytes + 15) / 16 * 16;
            }
        }
    }
    std::vector<float> all;
    for (const Param& param : weights.params) {
        param_at_.push_back(static_cast<uint32_t>(all.size()));
        all.insert(all.end(), param.values.begin(), param.values.end());
        all.resize(param_at_.back() + padded(param));
    }
    if (!all.empty()) transfer.write(params_, 0, all.data(), all.size() * sizeof(float));
    transfer.finish();
}

uint32_t WeightStore::param_at(ParamId id) const noexcept { return id == kNoParam ? kNone : param_at_[id]; }

}  // namespace dlgo::vulkan
