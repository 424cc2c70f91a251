// The memory of a session on a device: activations, scratch, logits, caches and what a run is told.
#pragma once
#include <vector>

#include "backends/backend.h"
#include "backends/vulkan/transfer.h"

namespace dlgo::vulkan {

// Rows of logits per run of the head; more are computed in several runs.
inline constexpr uint32_t kLogitsRows = 16;

// Keys and values of one layer: [capacity][n_head][dim padded to 16 bytes].
struct Cache {
    Buffer keys, values;
    uint32_t capacity = 0, n_head = 0, k_dim = 0, v_dim = 0;
    bool half = true;
    uint32_t value_bytes() const noexcept { return half ? 2 : 4; }
    uint32_t padded(uint32_t dim) const noexcept { return (dim * value_bytes() + 15) / 16 * 16; }  // bytes
};

// Where everything is, in floats from the beginning of `act`.
struct Layout {
    std::vector<uint64_t> buffers;  // of the plan
    uint64_t counters = 0, scratch = 0, logits = 0, end = 0;
    bool head = false;  // logits are computed here
};

struct SessionMemory {
    SessionMemory(std::shared_ptr<Device> device, const Plan& plan, const Weights& weights, std::span<const uint32_t> placed,
                  const SessionSpec& spec);
    static MemoryUse estimate(const Plan& plan, const Weights& weights, std::span<const uint32_t> placed, const SessionSpec& spec);

    SessionSpec spec;
    Layout layout;
    Buffer act;
    std::vector<Cache> caches;         // by state; empty for others
    Buffer run;                        // RunParams, tokens, rope tables
    uint64_t tokens_at, ropes_at;      // bytes
    std::vector<RopeSpec> ropes;       // tables in `run`, each [n_ubatch][n_rot / 2][2] floats
    std::vector<uint64_t> rope_at;     // bytes
    Buffer logits;                     // [kLogitsRows, n_vocab], host
    Transfer transfer;
};

bool same_table(const RopeSpec& a, const RopeSpec& b) noexcept;

}  // namespace dlgo::vulkan
