#if defined(__x86_64__)
#include <immintrin.h>

#include <cstring>

#include "backends/cpu/isa/tables.h"
#include "core/quant/grids.h"

namespace dlgo::cpu {

namespace {

constexpr int kTileVecs = 2, kPanelTiles = 1, kQuantCols = 6;

#include "backends/cpu/simd/bytes_x86.h"
#include "backends/cpu/simd/lanes512.h"
#include "backends/cpu/simd/codec.h"
#include "backends/cpu/simd/dot_vnni.h"
#include "backends/cpu/simd/transpose512.h"
#include "backends/cpu/quant/codecs.inc"
#include "backends/cpu/kernels/activation.h"
#include "backends/cpu/kernels/dequantize.h"
#include "backends/cpu/kernels/linear_vec.h"
#include "backends/cpu/kernels/linear_mat.h"
#include "backends/cpu/kernels/grid_rows.h"
#include "backends/cpu/kernels/linear_bytes.h"
#include "backends/cpu/kernels/quantize.h"
#include "backends/cpu/kernels/table.h"
#include "backends/cpu/simd/tiles.h"
#include "backends/cpu/kernels/unpack_tiles.h"
#include "backends/cpu/kernels/linear_tiles.h"

}  // namespace

constinit const Kernels kAmxKernels = make_tile_table();

}  // namespace dlgo::cpu
#endif
