#if defined(__x86_64__)
#include <immintrin.h>

#include <cmath>
#include <cstring>

#include "backends/cpu/isa/op_tables.h"

namespace dlgo::cpu {

namespace {

#include "backends/cpu/simd/vec.h"
#include "backends/cpu/kernels/elementwise.h"
#include "backends/cpu/kernels/gemm.h"
#include "backends/cpu/kernels/transpose.h"
#include "backends/cpu/kernels/attend_few.h"
#include "backends/cpu/kernels/attend_tile.h"
#include "backends/cpu/kernels/attend_many.h"
#include "backends/cpu/kernels/conv.h"
#include "backends/cpu/kernels/scan.h"
#include "backends/cpu/kernels/delta.h"
#include "backends/cpu/kernels/mamba.h"
#include "backends/cpu/kernels/op_table.h"

}  // namespace

constinit const OpKernels kAvx512Ops = make_op_table();

}  // namespace dlgo::cpu
#endif
