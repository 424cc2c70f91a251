// The conversions of core/quant/formats.h: the codecs in plain C++.
#include <cstring>

#include "core/quant/formats.h"
#include "core/quant/grids.h"

namespace dlgo {

namespace {

#include "backends/cpu/simd/bytes_scalar.h"
#include "backends/cpu/simd/lanes_scalar.h"
#include "backends/cpu/simd/codec.h"
#include "backends/cpu/quant/codecs.inc"
#include "backends/cpu/kernels/dequantize.h"

}  // namespace

void dequantize(Type type, const void* blocks, float* out, size_t n) noexcept {
    const auto* bytes = static_cast<const uint8_t*>(blocks);
    with_codec(type, [&]<typename Codec>() { dequantize_row<Codec>(bytes, out, n); });
}

}  // namespace dlgo
