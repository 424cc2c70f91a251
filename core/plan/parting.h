// Where a run of many rows ends for all but the last one, whose logits alone are wanted.
#pragma once
#include <span>
#include <vector>

#include "core/plan/plan.h"

namespace dlgo {

// Steps before this one append to states; from it on every row is by itself, and those whose logits nobody wants can be left out. The number of
// steps if there are none such, or if a Probe among them would miss rows.
size_t rows_part(const Plan& plan) noexcept;

// Steps of a plan, of which number `parting` is rows_part's: those for all rows, and those for one of them, which also has the queries of the last attention.
struct PartedSteps {
    std::vector<Step> all, one;
};
PartedSteps part_steps(std::span<const Step> steps, size_t parting);

}  // namespace dlgo
