// Where the time of a run goes, step by step: DLGO_CPU_TIMESTAMPS=1 logs a table (DLGO_LOG_INFO) when a program ends. Unset, nothing is
// measured.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace dlgo::cpu {

class TaskTimes {
public:
    // nullptr unless DLGO_CPU_TIMESTAMPS is set. One name for each task; those of one name are summed.
    static std::unique_ptr<TaskTimes> create(std::vector<std::string> names, uint32_t max_rows);
    ~TaskTimes();
    TaskTimes(const TaskTimes&) = delete;
    TaskTimes& operator=(const TaskTimes&) = delete;

    using Clock = std::chrono::steady_clock;
    // By one thread. waited: in barriers.
    void add(size_t task, Clock::duration all, Clock::duration waited) noexcept;
    void end_run(uint32_t rows) noexcept;

private:
    TaskTimes(std::vector<std::string> names, uint32_t max_rows) : names_(std::move(names)), times_(names_.size()), max_rows_(max_rows) {}
    struct Time {
        Clock::duration all{}, waited{};
    };
    std::vector<std::string> names_;
    std::vector<Time> times_;
    uint32_t max_rows_;
    uint64_t runs_ = 0, rows_ = 0;
};

}  // namespace dlgo::cpu
