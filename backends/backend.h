// What a device offers. One Backend per device; the executor talks to nothing else.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/plan/plan.h"
#include "include/dlgo.h"

namespace dlgo {

enum class CacheType : uint8_t { F16, F32 };

// Everything that changes from run to run. Never baked into a compiled program.
struct StepParams {
    const int32_t* tokens = nullptr;  // [rows]
    uint32_t rows = 0;
    uint32_t position = 0;            // of row 0
    uint32_t logits_rows = 0;         // the last so many rows go through Head
    float* logits = nullptr;          // [logits_rows, n_vocab]
    uint32_t state_in = 0;            // slots of the recurrent states to read (not read at position 0: zero) ...
    uint32_t state_out = 0;           // ... and to write; never the same
    const std::atomic<bool>* cancel = nullptr;
};

struct SessionSpec {
    uint32_t n_ctx = 0;
    uint32_t n_ubatch = 512;
    CacheType cache_type = CacheType::F16;
    uint32_t n_slots = 4;  // copies of the recurrent states
};

struct MemoryUse {
    uint64_t weights = 0, state = 0, scratch = 0;
    uint64_t repacked = 0;  // part of weights that is a copy in host memory
};

// A compiled run of steps. run() checks cancel between steps (CANCELLED).
class Program {
public:
    virtual ~Program() = default;
    virtual dlgo_status run(const StepParams& params) noexcept = 0;
};

// The state and activations of one session on one device. Programs refer to it and must not outlive it.
class DeviceSession {
public:
    virtual ~DeviceSession() = default;

    // steps: consecutive steps of the plan, for any row count up to max_rows. max_rows 1: decode.
    virtual std::unique_ptr<Program> compile(std::span<const Step> steps, uint32_t max_rows) = 0;

    // Activations that cross from one device to another: [rows, width] floats of a buffer.
    virtual dlgo_status read_buffer(uint16_t buffer, uint32_t rows, float* out) noexcept = 0;
    virtual dlgo_status write_buffer(uint16_t buffer, uint32_t rows, const float* in) noexcept = 0;
    // Row `from` of a buffer becomes its first one.
    virtual dlgo_status move_row(uint16_t buffer, uint32_t from) noexcept = 0;

    // States as bytes, for save/restore and checkpoints. Kv: the entries of positions [begin, end), at most the capacity; Recurrent: slot
    // `begin`. The layout is the same on every device: Kv [position][n_head * k_dim] keys, then values likewise.
    virtual dlgo_status read_state(uint16_t state, uint32_t begin, uint32_t end, void* out) noexcept = 0;
    virtual dlgo_status write_state(uint16_t state, uint32_t begin, uint32_t end, const void* in) noexcept = 0;
};

// The weights of the steps that were placed on a device. Immutable, shared by sessions and threads.
class DeviceModel {
public:
    virtual ~DeviceModel() = default;
    virtual MemoryUse memory() const noexcept = 0;
    // Allocates the states of the steps that were placed here. OUT_OF_MEMORY names the bytes.
    virtual std::unique_ptr<DeviceSession> create_session(const SessionSpec& spec) = 0;
};

class Backend {
public:
    virtual ~Backend() = default;
    virtual const dlgo_device_info& info() const noexcept = 0;
    // Bytes, now; info() has what was free at first.
    virtual uint64_t memory_free() const noexcept { return info().memory_free; }
    // Host threads that its programs run on; 0 for a GPU.
    virtual int32_t threads() const noexcept { return 0; }
    // Whether compile() can take the step; the others go to the CPU, which takes all.
    virtual bool supports(const Step& step, const Weights& weights) const noexcept = 0;
    // placed: indices of the plan's steps on this device. plan and weights are kept alive by the model.
    virtual std::shared_ptr<DeviceModel> load(std::shared_ptr<const Plan> plan, std::shared_ptr<const Weights> weights,
                                              std::vector<uint32_t> placed) = 0;
    // What load and one session would take, without allocating.
    virtual MemoryUse estimate(const Plan& plan, const Weights& weights, std::span<const uint32_t> placed,
                               const SessionSpec& spec) const = 0;
};

// Entries of a Kv state: all positions, or a ring for windowed layers: position p is kept at p % capacity. A run of up to n_ubatch
// rows appends before it reads, so the ring holds the window and one batch.
inline uint32_t kv_capacity(const StateSpec& state, const SessionSpec& spec) noexcept {
    const uint64_t ring = uint64_t{state.window} + spec.n_ubatch;
    return state.window > 0 && ring < spec.n_ctx ? static_cast<uint32_t>(ring) : spec.n_ctx;
}

// Bytes of read_state / write_state.
inline uint64_t state_bytes(const StateSpec& state, CacheType cache_type, uint32_t begin, uint32_t end) noexcept {
    if (state.kind == StateKind::Recurrent) return uint64_t{state.n_values} * 4;
    return uint64_t{end - begin} * state.n_head * (state.k_dim + state.v_dim) * (cache_type == CacheType::F16 ? 2 : 4);
}

}  // namespace dlgo
