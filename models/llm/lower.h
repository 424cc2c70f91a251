// From a declaration to the plan.
#pragma once
#include "models/llm/builder.h"

namespace dlgo {

struct Lowered {
    ModelSpec spec;
    std::shared_ptr<const Plan> plan;
    std::shared_ptr<const Weights> weights;
};

// n_ctx: context to plan for, 0 = the trained one. with_data false: only the header of the file was read.
// FORMAT for missing or misshapen tensors, UNSUPPORTED for an unknown architecture.
Lowered lower(std::shared_ptr<const Gguf> file, uint32_t n_ctx, bool with_data);

}  // namespace dlgo
