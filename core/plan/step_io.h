// Which buffers a step reads and writes: for copies between devices and for probes.
#pragma once
#include <functional>
#include <vector>

#include "core/plan/plan.h"

namespace dlgo {

// Calls visit(view, width, written) for every view of the step that is set. width: values per row.
void step_io(const Step& step, const std::function<void(View view, uint32_t width, bool written)>& visit);

// Matrices that the step uses.
std::vector<MatrixId> step_matrices(const Step& step);

// State that the step uses, kNoState if none.
uint16_t step_state(const Step& step) noexcept;

}  // namespace dlgo
