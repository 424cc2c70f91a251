// What a Probe shows of one row.
#pragma once
#include "core/plan/plan.h"

namespace dlgo {

// Logs (DLGO_LOG_INFO) the statistics of x[0 .. probe.n), at level 2 the first values; at level 3 writes all as raw floats into a file in
// DLGO_DIAG_DIR (default: the current folder), <step>-<op>-<layer>-<name>-pos<position>.f32.
void report_probe(const Plan& plan, const Probe& probe, const float* x, uint32_t position) noexcept;

}  // namespace dlgo
