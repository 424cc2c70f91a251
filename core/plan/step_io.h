// Which buffers a step reads and writes: for copies between devices and for probes.
#pragma once
#include <functional>
#include <span>
#include <vector>

#include "core/plan/plan.h"

namespace dlgo {

// Calls visit(view, width, written) for every view of the step that is set. width: values per row.
void step_io(const Step& step, const std::function<void(View view, uint32_t width, bool written)>& visit);

// Matrices that the step uses.
std::vector<MatrixId> step_matrices(const Step& step);

// State that the step uses, kNoState if none.
uint16_t step_state(const Step& step) noexcept;

// Steps before this one append to states; from it on every row is by itself, and those whose logits nobody wants can be left out. The number of
// steps if there are none such, or if a Probe among them would miss rows.
size_t rows_part(const Plan& plan) noexcept;

// Steps that part before number `parting`: those for all rows, and those for one of them, which also has the queries of the last attention.
struct PartedSteps {
    std::vector<Step> all, one;
};
PartedSteps part_steps(std::span<const Step> steps, size_t parting);

}  // namespace dlgo
