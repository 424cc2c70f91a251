#if defined(__x86_64__)
#include <immintrin.h>

#include <cstring>

#include "backends/cpu/isa/tables.h"
#include "core/quant/grids.h"

namespace dlgo::cpu {

namespace {

constexpr int kTileVecs = 2, kPanelTiles = 4;

#include "backends/cpu/simd/bytes_x86.h"
#include "backends/cpu/simd/lanes256.h"
#include "backends/cpu/simd/codec.h"
#include "backends/cpu/simd/dot_maddubs.h"
#include "backends/cpu/quant/codecs.inc"
#include "backends/cpu/kernels/activation.h"
#include "backends/cpu/kernels/dequantize.h"
#include "backends/cpu/kernels/linear_vec.h"
#include "backends/cpu/kernels/linear_mat.h"
#include "backends/cpu/kernels/quantize.h"
#include "backends/cpu/kernels/table.h"
#include "backends/cpu/kernels/whole_numbers.h"
#include "backends/cpu/kernels/byte_pair_activations.h"
#include "backends/cpu/kernels/linear_byte_pairs.h"
#include "backends/cpu/kernels/linear_pairs.h"
#include "backends/cpu/kernels/linear_fours.h"
#include "backends/cpu/kernels/bounded_activations.h"
#include "backends/cpu/kernels/linear_bounded.h"
#include "backends/cpu/kernels/avx2_table.h"

}  // namespace

constinit const Kernels kAvx2Kernels = make_avx2_table<false>(), kAvx2PairKernels = make_avx2_table<true>();

}  // namespace dlgo::cpu
#endif
