#include "backends/cpu/task_times.h"

#include <map>

#include "core/base/env.h"
#include "core/base/log.h"

namespace dlgo::cpu {

std::unique_ptr<TaskTimes> TaskTimes::create(std::vector<std::string> names, uint32_t max_rows) {
    if (!env_string("DLGO_CPU_TIMESTAMPS")) return nullptr;
    return std::unique_ptr<TaskTimes>(new TaskTimes(std::move(names), max_rows));
}

TaskTimes::~TaskTimes() {
    if (runs_ == 0) return;
    struct Total {
        double all = 0, waited = 0;
        uint32_t tasks = 0;
    };
    const auto us = [&](Clock::duration d) { return std::chrono::duration<double, std::micro>(d).count() / static_cast<double>(runs_); };
    std::map<std::string, Total> totals;
    double sum = 0;
    for (size_t i = 0; i < names_.size(); ++i) {
        Total& t = totals[names_[i]];
        t.all += us(times_[i].all);
        t.waited += us(times_[i].waited);
        ++t.tasks;
        sum += us(times_[i].all);
    }
    log(DLGO_LOG_INFO, "CPU time of a run of up to %u rows: %.1f us (%llu runs, %.1f rows)", max_rows_, sum, static_cast<unsigned long long>(runs_),
        static_cast<double>(rows_) / static_cast<double>(runs_));
    for (const auto& [name, t] : totals) {
        log(DLGO_LOG_INFO, "  %-12s %4u tasks %10.1f us, of which %8.1f us at barriers", name.c_str(), t.tasks, t.all, t.waited);
    }
}

void TaskTimes::add(size_t task, Clock::duration all, Clock::duration waited) noexcept {
    times_[task].all += all;
    times_[task].waited += waited;
}

void TaskTimes::end_run(uint32_t rows) noexcept {
    ++runs_;
    rows_ += rows;
}

}  // namespace dlgo::cpu
