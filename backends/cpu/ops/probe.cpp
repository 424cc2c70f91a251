#include "backends/cpu/compiler.h"
#include "core/plan/probe_report.h"

namespace dlgo::cpu {

namespace {

class ProbeTask : public Task {
public:
    ProbeTask(const Probe& op, Compiler& c) : op_(op), plan_(c.model.plan), in_(c.rows(op.in)) {}

    bool run(Worker& worker, const Run& run) const noexcept override {
        for (uint32_t r = 0; worker.index() == 0 && r < run.params.rows; ++r) {
            const uint32_t position = run.params.position + r;
            if (position >= op_.first_position && position <= op_.last_position) report_probe(*plan_, op_, in_.row(r), position);
        }
        return worker.barrier();
    }

private:
    Probe op_;
    std::shared_ptr<const Plan> plan_;
    Rows in_;
};

}  // namespace

void compile(const Probe& op, Compiler& c) { c.tasks.push_back(std::make_unique<ProbeTask>(op, c)); }

}  // namespace dlgo::cpu
