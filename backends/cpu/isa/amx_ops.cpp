#if defined(__x86_64__)
#include <immintrin.h>

#include <cmath>
#include <cstring>

#include "backends/cpu/isa/op_tables.h"

namespace dlgo::cpu {

namespace {

#include "backends/cpu/simd/vec.h"
#include "backends/cpu/simd/tiles.h"
#include "backends/cpu/kernels/attend_tile.h"
#include "backends/cpu/kernels/attend_tiles.h"

}  // namespace

void amx_attend_many(const AttendArgs& args, const KvRun& run) noexcept { args.f16 ? attend_tiles(args, run) : kAvx512Ops.attend_many(args, run); }

}  // namespace dlgo::cpu
#endif
