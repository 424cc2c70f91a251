// One table of op kernels for each width of vectors.
#pragma once
#include "backends/cpu/op_kernels.h"

namespace dlgo::cpu {

extern const OpKernels kScalarOps;
#if defined(__x86_64__)
extern const OpKernels kAvx2Ops, kAvx512Ops;
void amx_attend_many(const AttendArgs& args, const KvRun& run) noexcept;  // the rest is AVX-512's
#endif

}  // namespace dlgo::cpu
