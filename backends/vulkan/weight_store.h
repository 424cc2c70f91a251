// The weights of the steps on a device, in its memory. Immutable, shared by sessions and threads.
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "backends/vulkan/buffer.h"
#include "core/plan/plan.h"

namespace dlgo::vulkan {

// Rows [first_row, first_row + n_rows) of a matrix. A matrix has several pieces when it is larger than one allocation may be.
struct Piece {
    VkDeviceAddress address = 0;
    uint32_t first_row = 0, n_rows = 0, n_blocks = 0;
};

class WeightStore {
public:
    // Uploads what the steps use. OUT_OF_MEMORY names the bytes.
    WeightStore(std::shared_ptr<Device> device, const Plan& plan, const Weights& weights, std::span<const uint32_t> placed);
    static uint64_t bytes(const Plan& plan, const Weights& weights, std::span<const uint32_t> placed);

    std::span<const Piece> pieces(MatrixId id) const noexcept { return pieces_[id]; }
    VkDeviceAddress params() const noexcept { return params_.address(); }
    uint32_t param_at(ParamId id) const noexcept;  // offset in floats, kNone for kNoParam
    uint64_t bytes() const noexcept { return bytes_; }

private:
    void upload(const Weights& weights);

    struct Home {
        uint32_t buffer;
        uint64_t at;
    };
    std::shared_ptr<Device> device_;
    std::vector<Buffer> buffers_;
    std::vector<std::vector<Piece>> pieces_;  // by matrix
    std::vector<std::vector<Home>> homes_;    // likewise
    Buffer params_;
    std::vector<uint32_t> param_at_;
    uint64_t bytes_ = 0;
};

}  // namespace dlgo::vulkan
