// One table of kernels for each translation unit in this folder.
#pragma once
#include "backends/cpu/kernels.h"

namespace dlgo::cpu {

extern const Kernels kScalarKernels;
#if defined(__x86_64__)
extern const Kernels kAvx2Kernels, kAvx2PairKernels, kAvxVnniKernels, kAvx512VnniKernels, kAmxKernels;
#endif

}  // namespace dlgo::cpu
