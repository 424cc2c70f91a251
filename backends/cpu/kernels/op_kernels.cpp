#include "backends/cpu/op_kernels.h"

#include <algorithm>

#include "backends/cpu/isa/op_tables.h"

namespace dlgo::cpu {

const OpKernels& op_kernels(Isa isa) noexcept {
#if defined(__x86_64__)
    static const OpKernels amx = [] {
        OpKernels table = kAvx512Ops;
        table.attend_many = amx_attend_many;
        return table;
    }();
    if (isa == Isa::Amx) return amx;
    if (isa >= Isa::Avx512Vnni) return kAvx512Ops;
    if (isa >= Isa::Avx2) return kAvx2Ops;
#endif
    return kScalarOps;
}

size_t attend_scratch(uint32_t n_q, uint32_t k_dim, uint32_t v_dim) noexcept {
    const auto whole = [](size_t n) { return (n + kWidestPanel - 1) / kWidestPanel * kWidestPanel; };
    const size_t n = pad_head(n_q);
    return whole(k_dim) * whole(n) + kKeyTile * whole(std::max(k_dim, v_dim)) + 2 * kKeyTile * n + n;
}

size_t delta_scratch(uint32_t d_k, uint32_t d_v) noexcept {
    return size_t{d_k} * d_v + size_t{kScanChunk} * (d_k + 2 * d_v);
}

size_t delta_chunk_size(uint32_t d_k) noexcept { return size_t{kScanChunk} * (2 * d_k + 2 * kScanChunk + 3); }

size_t mamba_scratch(uint32_t d_head, uint32_t d_state) noexcept {
    return size_t{d_head} * d_state + size_t{kScanChunk} * (d_state + kScanChunk);
}

}  // namespace dlgo::cpu
