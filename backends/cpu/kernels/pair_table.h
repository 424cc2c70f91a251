// The table of AVX2 without VNNI, whose many rows are pairs or pairs of bytes wherever those are faster.
#pragma once

// Whether many rows are linear_pairs.h's, if they are not linear_byte_pairs.h's: it is faster than linear_mat.h where sums of 16 bits are short,
// and, as its scales cost nothing, where groups are.
template <typename Codec>
static constexpr bool in_pairs() {
    if constexpr (Codec::kFloat) {
        return false;
    } else {
        return Packed<Codec>::kFit < 4 || Codec::kGroup == 16;
    }
}

static ActForm pair_form(Type type, size_t rows) noexcept {
    if (rows == 1) return q8_unless_float(type, rows);
    return with_codec(type, []<typename Codec>() {
        if constexpr (in_byte_pairs<Codec>()) return BytePairMat<Codec>::kForm;
        return Codec::kFloat ? ActForm::F32 : in_pairs<Codec>() ? ActForm::Pairs : ActForm::Q8;
    });
}

static size_t pair_mat_rows(Type type) noexcept { return pair_form(type, 2) == ActForm::Pairs ? kPairRows : kPanelRows; }

static void pair_prepare(ActForm form, const float* x, size_t stride, size_t rows, size_t n, void* out) noexcept {
    if (form < ActForm::Pairs) return act_prepare(form, x, stride, rows, n, out);
    const int index = static_cast<int>(form) - static_cast<int>(ActForm::BytePairs);
    if (index >= 0) return prepare_byte_pairs(index, x, stride, rows, n, static_cast<BytePairBlock*>(out));
    if (form == ActForm::Fours) return prepare_fours(x, stride, rows, n, static_cast<FoursBlock*>(out));
    auto* block = static_cast<PairBlock*>(out);
    for (size_t i = 0; i < rows; ++i) {
        for (size_t k = 0; k < n; k += 256, ++block) pair_block(x + i * stride + k, n - k < 256 ? n - k : 256, *block);
    }
}

static void pair_linear_mat(const LinearMat& job, size_t r0, size_t r1, void* scratch) noexcept {
    with_codec(job.type, [&]<typename Codec>() {
        if constexpr (!in_byte_pairs<Codec>() && !in_pairs<Codec>()) {
            mat_range<Codec>(job, r0, r1, scratch);
        } else if (job.form == ActForm::Q8) {  // a single row
            vec_range<Codec>(static_cast<const uint8_t*>(job.weights), job.n, job.act, r0, r1, false, job.out);
        } else if constexpr (in_byte_pairs<Codec>()) {
            mat_panels<BytePairMat<Codec>, Codec>(job, r0, r1, scratch);
        } else if (job.form == ActForm::Fours) {
            mat_panels<FoursMat<Codec>, Codec>(job, r0, r1, scratch);
        } else {
            mat_panels<PairMat<Codec>, Codec>(job, r0, r1, scratch);
        }
    });
}

static constexpr Kernels make_pair_table() {
    Kernels table = make_table(Isa::Avx2, pair_form, pair_prepare, pair_linear_mat);
    table.mat_rows = pair_mat_rows;
    static_assert(sizeof(FoursScratch) > sizeof(PairPanel) && sizeof(FoursScratch) > sizeof(BytePairPanel<ByteKindAt<1>::T>));
    table.mat_scratch = table.mat_scratch > sizeof(FoursScratch) ? table.mat_scratch : sizeof(FoursScratch);
    return table;
}
