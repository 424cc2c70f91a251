#include "backends/cpu/kernels.h"

#include "backends/cpu/isa/tables.h"

namespace dlgo::cpu {

namespace {
#include "backends/cpu/kernels/activation.h"
}  // namespace

size_t activation_bytes(ActForm form, size_t n) noexcept {
    switch (form) {
        case ActForm::F32: return float_stride(n) * sizeof(float);
        case ActForm::Q8: return q8_blocks(n) * sizeof(Q8Block);
        case ActForm::Pairs: return act_blocks(n) * sizeof(PairBlock);
        case ActForm::Fours: return act_blocks(n) * sizeof(FoursBlock) / 4;
        case ActForm::BF16: return odd_lines(n * sizeof(uint16_t));
        case ActForm::BytePairs:
        case ActForm::Bounded: break;
    }
    return act_blocks(n) * (form < ActForm::Bounded ? sizeof(BytePairBlock) : sizeof(BoundedBlock));
}

size_t activation_bytes(ActForm form, size_t n, size_t rows) noexcept {
    constexpr size_t kTileRows = 32;
    if (form == ActForm::BF16) rows += kTileRows - 1;
    if (form == ActForm::Fours) rows = (rows + 3) / 4 * 4;
    return activation_bytes(form, n) * rows;
}

const Kernels& kernels(Isa isa, [[maybe_unused]] bool pairs) noexcept {
    switch (isa) {
#if defined(__x86_64__)
        case Isa::Avx2: return pairs ? kAvx2PairKernels : kAvx2Kernels;
        case Isa::AvxVnni: return kAvxVnniKernels;
        case Isa::Avx512Vnni: return kAvx512VnniKernels;
        case Isa::Amx: return kAmxKernels;
#endif
        default: return kScalarKernels;
    }
}

}  // namespace dlgo::cpu
