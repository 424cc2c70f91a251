#include "backends/cpu/session.h"

#include <cstring>
#include <set>
#include <string>

#include "backends/cpu/task_times.h"
#include "core/base/error.h"
#include "core/plan/step_io.h"

namespace dlgo::cpu {

namespace {

class CpuProgram : public Program {
public:
    CpuProgram(const Model& model, Compiler& c, Memory handed, std::vector<std::string> names)
        : pool_(model.pool), times_(TaskTimes::create(std::move(names), c.max_rows)), tasks_(std::move(c.tasks)), max_rows_(c.max_rows), local_bytes_((c.local() + 4095) / 4096 * 4096),
          handed_(std::move(handed)), shared_(c.shared(), "scratch memory"), local_(uint64_t{local_bytes_} * c.threads, "scratch memory") {}

    dlgo_status run(const StepParams& params) noexcept override {
        if (params.rows == 0 || params.rows > max_rows_) return DLGO_ERROR_INVALID_ARGUMENT;
        std::atomic<bool> finished{true};
        pool_->run(params.cancel, [&](Worker& worker) {
            const Run run{params, shared_.data(), local_.data() + worker.index() * local_bytes_};
            for (size_t i = 0; i < tasks_.size(); ++i) {
                if (!(times_ && worker.index() == 0 ? timed(i, worker, run) : tasks_[i]->run(worker, run))) {
                    finished.store(false, std::memory_order_relaxed);
                    return;
                }
            }
        });
        if (times_) times_->end_run(params.rows);
        return finished ? DLGO_OK : DLGO_ERROR_CANCELLED;
    }

private:
    bool timed(size_t task, Worker& worker, const Run& run) const noexcept {
        TaskTimes::Clock::duration waited{};
        worker.measure(&waited);
        const auto start = TaskTimes::Clock::now();
        const bool on = tasks_[task]->run(worker, run);
        times_->add(task, TaskTimes::Clock::now() - start, waited);
        worker.measure(nullptr);
        return on;
    }

    std::shared_ptr<ThreadPool> pool_;
    std::unique_ptr<TaskTimes> times_;
    std::vector<std::unique_ptr<Task>> tasks_;
    uint32_t max_rows_;
    size_t local_bytes_;
    Memory handed_, shared_, local_;
};

// States that the steps use.
std::set<uint16_t> states_of(const Plan& plan, std::span<const uint32_t> placed) {
    std::set<uint16_t> used;
    for (const uint32_t i : placed) {
        if (const uint16_t s = step_state(plan.steps[i]); s != kNoState) used.insert(s);
    }
    return used;
}

}  // namespace

Session::Session(const Model& model, std::span<const uint32_t> placed, const SessionSpec& spec) : model_(model) {
    const Plan& plan = *model.plan;
    memory_.spec = spec;
    for (const uint32_t width : plan.buffers) memory_.buffers.emplace_back(uint64_t{width} * spec.n_ubatch * sizeof(float), "activations");
    memory_.kv.resize(plan.states.size());
    memory_.recurrent.resize(plan.states.size());
    for (const uint16_t s : states_of(plan, placed)) {
        const StateSpec& state = plan.states[s];
        if (state.kind == StateKind::Kv) {
            memory_.kv[s] = std::make_unique<KvCache>(state, spec);
        } else {
            memory_.recurrent[s] = {state.n_values, Memory(uint64_t{spec.n_slots} * state.n_values * sizeof(float), "recurrent states")};
        }
    }
}

MemoryUse Session::estimate(const Plan& plan, std::span<const uint32_t> placed, const SessionSpec& spec) {
    MemoryUse use;
    for (const uint32_t width : plan.buffers) use.scratch += uint64_t{width} * spec.n_ubatch * sizeof(float);
    for (const uint16_t s : states_of(plan, placed)) {
        const StateSpec& state = plan.states[s];
        use.state += state.kind == StateKind::Kv ? KvCache::bytes(state, spec) : uint64_t{spec.n_slots} * state.n_values * sizeof(float);
    }
    return use;
}

std::unique_ptr<Program> Session::compile(std::span<const Step> steps, uint32_t max_rows) {
    if (max_rows == 0 || max_rows > memory_.spec.n_ubatch) {
        fail(DLGO_ERROR_INVALID_ARGUMENT, "a program for %u rows in a session for %u", max_rows, memory_.spec.n_ubatch);
    }
    Compiler compiler(model_, memory_, max_rows);
    std::vector<std::string> names;
    Memory handed;
    const std::vector<StepHandover> handovers = find_handovers(compiler, steps, handed);
    for (size_t i = 0; i < steps.size(); ++i) {
        const Step& step = steps[i];
        compiler.hands = handovers[i];
        std::visit([&](const auto& op) { cpu::compile(op, compiler); }, step.op);
        names.resize(compiler.tasks.size(), *step.name ? step.name : op_name(step.op));
    }
    return std::make_unique<CpuProgram>(model_, compiler, std::move(handed), std::move(names));
}

dlgo_status Session::read_buffer(uint16_t buffer, uint32_t rows, float* out) noexcept {
    if (buffer >= memory_.buffers.size() || rows > memory_.spec.n_ubatch) return DLGO_ERROR_INVALID_ARGUMENT;
    std::memcpy(out, memory_.buffers[buffer].data(), size_t{rows} * model_.plan->buffers[buffer] * sizeof(float));
    return DLGO_OK;
}

dlgo_status Session::write_buffer(uint16_t buffer, uint32_t rows, const float* in) noexcept {
    if (buffer >= memory_.buffers.size() || rows > memory_.spec.n_ubatch) return DLGO_ERROR_INVALID_ARGUMENT;
    std::memcpy(memory_.buffers[buffer].data(), in, size_t{rows} * model_.plan->buffers[buffer] * sizeof(float));
    return DLGO_OK;
}

dlgo_status Session::move_row(uint16_t buffer, uint32_t from) noexcept {
    if (buffer >= memory_.buffers.size() || from >= memory_.spec.n_ubatch) return DLGO_ERROR_INVALID_ARGUMENT;
    const size_t bytes = model_.plan->buffers[buffer] * sizeof(float);
    std::memmove(memory_.buffers[buffer].data(), memory_.buffers[buffer].data() + from * bytes, bytes);
    return DLGO_OK;
}

dlgo_status Session::read_state(uint16_t state, uint32_t begin, uint32_t end, void* out) noexcept {
    if (state >= memory_.kv.size()) return DLGO_ERROR_INVALID_ARGUMENT;
    if (memory_.kv[state]) {
        if (begin > end || end - begin > memory_.kv[state]->capacity()) return DLGO_ERROR_INVALID_ARGUMENT;
        memory_.kv[state]->read(begin, end, static_cast<std::byte*>(out));
        return DLGO_OK;
    }
    const RecurrentState& r = memory_.recurrent[state];
    if (!r.slots.data() || begin >= memory_.spec.n_slots) return DLGO_ERROR_INVALID_ARGUMENT;
    std::memcpy(out, r.slot(begin), r.n_values * sizeof(float));
    return DLGO_OK;
}

dlgo_status Session::write_state(uint16_t state, uint32_t begin, uint32_t end, const void* in) noexcept {
    if (state >= memory_.kv.size()) return DLGO_ERROR_INVALID_ARGUMENT;
    if (memory_.kv[state]) {
        if (begin > end || end - begin > memory_.kv[state]->capacity()) return DLGO_ERROR_INVALID_ARGUMENT;
        memory_.kv[state]->write(begin, end, static_cast<const std::byte*>(in));
        return DLGO_OK;
    }
    const RecurrentState& r = memory_.recurrent[state];
    if (!r.slots.data() || begin >= memory_.spec.n_slots) return DLGO_ERROR_INVALID_ARGUMENT;
    std::memcpy(r.slot(begin), in, r.n_values * sizeof(float));
    return DLGO_OK;
}

}  // namespace dlgo::cpu
