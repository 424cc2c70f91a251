// DLGO_CPU_DIAG and DLGO_GPU_DIAG: probes in the plan. Unset, the plan stays as it is.
#pragma once
#include <vector>

#include "core/plan/plan.h"

namespace dlgo {

// Inserts a Probe behind every step that the variable of its device selects. placement: device of each step (0 = CPU), grows with the plan.
// Variable: words divided by spaces, all optional: layer=3 or layer=3-5, pos=0 or pos=0-7, op=attend (a name of op_name(), or of the
// step), level=1..3 (see Probe). "" and "all" select everything at level 1. INVALID_ARGUMENT for anything else.
void insert_probes(Plan& plan, std::vector<uint8_t>& placement);

}  // namespace dlgo
