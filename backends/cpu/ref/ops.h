// One function per op.
#pragma once
#include "backends/cpu/ref/ref.h"

namespace dlgo::ref {

void run(const Embed& op, RefContext& ctx);
void run(const Linear& op, RefContext& ctx);
void run(const HeadLinear& op, RefContext& ctx);
void run(const Norm& op, RefContext& ctx);
void run(const Attend& op, RefContext& ctx);
void run(const Route& op, RefContext& ctx);
void run(const Experts& op, RefContext& ctx);
void run(const Conv& op, RefContext& ctx);
void run(const DeltaNet& op, RefContext& ctx);
void run(const Mamba2& op, RefContext& ctx);
void run(const Head& op, RefContext& ctx);
void run(const Copy& op, RefContext& ctx);
void run(const Probe& op, RefContext& ctx);

}  // namespace dlgo::ref
