// Diagnostics, in a log line and a file.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "backends/cpu/compiler.h"
#include "core/base/error.h"
#include "core/base/log.h"

namespace dlgo::cpu {

namespace {

class ProbeTask : public Task {
public:
    ProbeTask(const Probe& op, Compiler& c) : op_(op), in_(c.rows(op.in)) {
        if (op.step >= c.model.plan->steps.size()) return;
        const Step& step = c.model.plan->steps[op.step];
        name_ = strf("layer %u %s %s", step.layer, op_name(step.op), step.name);
        file_ = strf("%u-%s-%u-%s", op.step, op_name(step.op), step.layer, step.name);
    }

    bool run(Worker& worker, const Run& run) const noexcept override {
        for (uint32_t r = 0; worker.index() == 0 && r < run.params.rows; ++r) {
            const uint32_t position = run.params.position + r;
            if (position >= op_.first_position && position <= op_.last_position) show(in_.row(r), position);
        }
        return worker.barrier();
    }

private:
    void show(const float* x, uint32_t position) const noexcept {
        float low = INFINITY, high = -INFINITY;
        double sum = 0;
        uint32_t nans = 0;
        for (uint32_t i = 0; i < op_.n; ++i) {
            if (std::isnan(x[i])) {
                ++nans;
                continue;
            }
            low = std::fmin(low, x[i]);
            high = std::fmax(high, x[i]);
            sum += x[i];
        }
        char first[256] = "";
        for (uint32_t i = 0, at = 0; op_.level >= 2 && i < op_.n && i < 8; ++i) {
            const int n = std::snprintf(first + at, sizeof first - at, "%s%.6g", i ? " " : "; first ", static_cast<double>(x[i]));
            if (n < 0 || (at += static_cast<uint32_t>(n)) >= sizeof first) break;
        }
        log(DLGO_LOG_INFO, "probe step %u (%s) position %u: min %.6g max %.6g mean %.6g nan %u%s", op_.step, name_.c_str(), position,
            static_cast<double>(low), static_cast<double>(high), op_.n > nans ? sum / (op_.n - nans) : 0.0, nans, first);
        if (op_.level >= 3) dump(x, position);
    }

    // Raw floats into DLGO_DIAG_DIR.
    void dump(const float* x, uint32_t position) const noexcept {
        const char* dir = std::getenv("DLGO_DIAG_DIR");
        char path[4096];
        const int n = std::snprintf(path, sizeof path, "%s/%s-pos%u.f32", dir ? dir : ".", file_.c_str(), position);
        if (n < 0 || static_cast<size_t>(n) >= sizeof path) return;
        std::FILE* file = std::fopen(path, "wb");
        if (!file || std::fwrite(x, sizeof *x, op_.n, file) != op_.n) log(DLGO_LOG_WARN, "probe: %s cannot be written", path);
        if (file) std::fclose(file);
    }

    Probe op_;
    Rows in_;
    std::string name_, file_;
};

}  // namespace

void compile(const Probe& op, Compiler& c) { c.tasks.push_back(std::make_unique<ProbeTask>(op, c)); }

}  // namespace dlgo::cpu
