#include <cstring>

#include "backends/cpu/isa/tables.h"
#include "core/quant/grids.h"

namespace dlgo::cpu {

namespace {

#include "backends/cpu/simd/bytes_scalar.h"
#include "backends/cpu/simd/lanes_scalar.h"
#include "backends/cpu/simd/codec.h"
#include "backends/cpu/quant/codecs.inc"
#include "backends/cpu/kernels/activation.h"
#include "backends/cpu/kernels/dequantize.h"
#include "backends/cpu/kernels/linear_scalar.h"
#include "backends/cpu/kernels/quantize_scalar.h"
#include "backends/cpu/kernels/table.h"

}  // namespace

constinit const Kernels kScalarKernels = make_table(Isa::Scalar, q8_unless_float, act_prepare, linear_mat, 0);

}  // namespace dlgo::cpu
