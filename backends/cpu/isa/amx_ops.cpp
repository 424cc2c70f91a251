#if defined(__x86_64__)
#include <immintrin.h>

#include <cmath>
#include <cstring>

#include "backends/cpu/isa/op_tables.h"

namespace dlgo::cpu {

namespace {

#include "backends/cpu/simd/vec.h"
#include "backends/cpu/simd/transpose512.h"
#include "backends/cpu/simd/tiles.h"
#include "backends/cpu/kernels/attend_tile.h"
#include "backends/cpu/kernels/attend_tiles.h"

}  // namespace

void amx_attend_many(const AttendArgs& args, const KvRun& run) noexcept {
    if (!args.f16) {
        kAvx512Ops.attend_many(args, run);
    } else if (args.bf16_suffices) {
        attend_tiles<false>(args, run);
    } else {
        attend_tiles<true>(args, run);
    }
}

}  // namespace dlgo::cpu
#endif
