// What compiling a step into tasks needs to know, and what a running task gets.
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "backends/backend.h"
#include "backends/cpu/handed_rows.h"
#include "backends/cpu/kernels.h"
#include "backends/cpu/kv_cache.h"
#include "backends/cpu/op_kernels.h"
#include "backends/cpu/thread_pool.h"

namespace dlgo::cpu {

// What all sessions of a model share.
struct Model {
    std::shared_ptr<const Plan> plan;
    std::shared_ptr<const Weights> weights;
    std::shared_ptr<ThreadPool> pool;
    const Kernels* kernels = nullptr;
    const OpKernels* ops = nullptr;
    bool stream = false;  // as in Kernels::linear_vec: the weights are more than a cache holds from one token to the next
};

struct Run {
    const StepParams& params;
    std::byte* shared;  // scratch of the task, seen by all threads
    std::byte* local;   // scratch of the thread
};

// One step. Every thread calls run(); phases are divided by barriers, the last call in run() is a barrier.
class Task {
public:
    virtual ~Task() = default;
    virtual bool run(Worker& worker, const Run& run) const noexcept = 0;  // false: cancelled
};

struct RecurrentState {
    uint32_t n_values = 0;
    Memory slots;  // [n_slots][n_values]
    float* slot(uint32_t i) const noexcept { return reinterpret_cast<float*>(slots.data()) + size_t{i} * n_values; }
    // nullptr at position 0: zeros
    const float* in(const StepParams& p) const noexcept { return p.position == 0 ? nullptr : slot(p.state_in); }
    float* out(const StepParams& p) const noexcept { return slot(p.state_out); }
};

// The memory of a session.
struct SessionMemory {
    SessionSpec spec;
    std::vector<Memory> buffers;  // [n_ubatch, width]
    std::vector<std::unique_ptr<KvCache>> kv;  // per state, null for others
    std::vector<RecurrentState> recurrent;     // per state, empty for others
};

class RopeTable;

class Compiler {
public:
    Compiler(const Model& model, const SessionMemory& session, uint32_t max_rows)
        : model(model), session(session), max_rows(max_rows), threads(model.pool->size()) {}

    const Model& model;
    const SessionMemory& session;
    const uint32_t max_rows, threads;
    StepHandover hands;  // of the step that is compiled

    Rows rows(View v) const noexcept;  // a view as memory
    const float* param(ParamId id) const noexcept;  // nullptr for kNoParam
    size_t param_size(ParamId id) const noexcept;
    NormArgs norm(const NormSpec& spec) const noexcept;
    const RopeTable* rope_table(const RopeSpec& spec);

    // Room that the running task finds in Run.
    void need_shared(size_t bytes) noexcept { shared_ = shared_ < bytes ? bytes : shared_; }
    void need_local(size_t bytes) noexcept { local_ = local_ < bytes ? bytes : local_; }
    size_t shared() const noexcept { return shared_; }
    size_t local() const noexcept { return local_; }

    std::vector<std::unique_ptr<Task>> tasks;

private:
    size_t shared_ = 0, local_ = 0;
    std::vector<std::pair<RopeSpec, const RopeTable*>> rope_tables_;
};

// One per op: appends the step's tasks.
void compile(const Embed& op, Compiler& c);
void compile(const Linear& op, Compiler& c);
void compile(const HeadLinear& op, Compiler& c);
void compile(const Norm& op, Compiler& c);
void compile(const Attend& op, Compiler& c);
void compile(const Route& op, Compiler& c);
void compile(const Experts& op, Compiler& c);
void compile(const Conv& op, Compiler& c);
void compile(const DeltaNet& op, Compiler& c);
void compile(const Mamba2& op, Compiler& c);
void compile(const Head& op, Compiler& c);
void compile(const Copy& op, Compiler& c);
void compile(const Probe& op, Compiler& c);

// Divides scratch memory; every part is 64-byte aligned. Without a base it only counts.
class Carve {
public:
    explicit Carve(std::byte* base) : base_(base) {}
    template <typename T>
    T* take(size_t n) noexcept {
        const size_t at = used_;
        used_ += (n * sizeof(T) + 63) / 64 * 64;
        return base_ ? reinterpret_cast<T*>(base_ + at) : nullptr;
    }
    size_t used() const noexcept { return used_; }

private:
    std::byte* base_;
    size_t used_ = 0;
};

}  // namespace dlgo::cpu
