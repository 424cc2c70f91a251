// One pair of functions per op: whether the GPU can do it, and how.
#pragma once
#include "core/plan/plan.h"

namespace dlgo::vulkan {

class Compiler;

// False: the CPU does the step.
bool supported(const Embed& op, const Weights& weights) noexcept;
bool supported(const Linear& op, const Weights& weights) noexcept;
bool supported(const Norm& op, const Weights& weights) noexcept;
bool supported(const Attend& op, const Weights& weights) noexcept;
bool supported(const Head& op, const Weights& weights) noexcept;
inline bool supported(const Copy&, const Weights&) noexcept { return true; }
inline bool supported(const Probe&, const Weights&) noexcept { return true; }
inline bool supported(const HeadLinear&, const Weights&) noexcept { return false; }
inline bool supported(const Route&, const Weights&) noexcept { return false; }
inline bool supported(const Experts&, const Weights&) noexcept { return false; }
inline bool supported(const Conv&, const Weights&) noexcept { return false; }
inline bool supported(const DeltaNet&, const Weights&) noexcept { return false; }
inline bool supported(const Mamba2&, const Weights&) noexcept { return false; }

// Appends the step's dispatches.
void compile(const Embed& op, Compiler& c);
void compile(const Linear& op, Compiler& c);
void compile(const Norm& op, Compiler& c);
void compile(const Attend& op, Compiler& c);
void compile(const Head& op, Compiler& c);
void compile(const Copy& op, Compiler& c);
void compile(const Probe& op, Compiler& c);
// INTERNAL: such steps are not placed on a GPU.
void compile(const HeadLinear& op, Compiler& c);
void compile(const Route& op, Compiler& c);
void compile(const Experts& op, Compiler& c);
void compile(const Conv& op, Compiler& c);
void compile(const DeltaNet& op, Compiler& c);
void compile(const Mamba2& op, Compiler& c);

// Floats of scratch memory that a step of up to so many rows needs.
uint64_t scratch_floats(const Op& op, const Weights& weights, uint32_t rows) noexcept;
uint64_t attend_scratch(const Attend& op, uint32_t rows) noexcept;
// Counters that are zero before and after the step.
uint32_t attend_counters(const Attend& op) noexcept;

}  // namespace dlgo::vulkan
