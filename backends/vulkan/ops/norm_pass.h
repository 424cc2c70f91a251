// Norm, Copy and the pass that norms a Linear's input.
#pragma once
#include "backends/vulkan/compiler.h"

namespace dlgo::vulkan {

// op with its result at out_at in rows of out_stride floats (op.out is not looked at). head: the rows are those of the head and go to rows
// 0, 1, ... rows(shape): how many, 0 = none.
Dispatch& add_norm(Compiler& c, const Norm& op, const char* name, uint32_t out_at, uint32_t out_stride, bool head,
                   std::function<uint32_t(const Shape&)> rows);

}  // namespace dlgo::vulkan
