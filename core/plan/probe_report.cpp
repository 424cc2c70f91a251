#include "core/plan/probe_report.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "core/base/log.h"

namespace dlgo {

static void dump(const Probe& probe, const Step& step, const float* x, uint32_t position) noexcept {
    const char* dir = std::getenv("DLGO_DIAG_DIR");
    char path[4096];
    const int n = std::snprintf(path, sizeof path, "%s/%u-%s-%u-%s-pos%u.f32", dir ? dir : ".", probe.step, op_name(step.op), step.layer,
                                step.name, position);
    if (n < 0 || static_cast<size_t>(n) >= sizeof path) return;
    std::FILE* file = std::fopen(path, "wb");
    if (!file || std::fwrite(x, sizeof *x, probe.n, file) != probe.n) log(DLGO_LOG_WARN, "probe: %s cannot be written", path);
    if (file) std::fclose(file);
}

void report_probe(const Plan& plan, const Probe& probe, const float* x, uint32_t position) noexcept {
    if (probe.step >= plan.steps.size()) return;
    const Step& step = plan.steps[probe.step];
    float low = INFINITY, high = -INFINITY;
    double sum = 0;
    uint32_t nans = 0;
    for (uint32_t i = 0; i < probe.n; ++i) {
        if (std::isnan(x[i])) {
            ++nans;
            continue;
        }
        low = std::fmin(low, x[i]);
        high = std::fmax(high, x[i]);
        sum += x[i];
    }
    char first[256] = "";
    for (uint32_t i = 0, at = 0; probe.level >= 2 && i < probe.n && i < 8; ++i) {
        const int n = std::snprintf(first + at, sizeof first - at, "%s%.6g", i ? " " : "; first ", static_cast<double>(x[i]));
        if (n < 0 || (at += static_cast<uint32_t>(n)) >= sizeof first) break;
    }
    log(DLGO_LOG_INFO, "probe step %u (layer %u %s %s) position %u: min %.6g max %.6g mean %.6g nan %u%s", probe.step, step.layer, op_name(step.op),
        step.name, position, static_cast<double>(low), static_cast<double>(high), probe.n > nans ? sum / (probe.n - nans) : 0.0, nans, first);
    if (probe.level >= 3) dump(probe, step, x, position);
}

}  // namespace dlgo
