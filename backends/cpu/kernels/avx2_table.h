// The tables of AVX2 without VNNI. Many rows are linear_bounded.h's, or, with kPairs, pairs or pairs of bytes wherever those have an advantage.
#pragma once

// Whether many rows are linear_pairs.h's, if they are not linear_byte_pairs.h's: where long sums of bytes' products do not do, and, as its scales cost
// nothing, where groups are short.
template <typename Codec>
static constexpr bool in_pairs() {
    if constexpr (Codec::kFloat) {
        return false;
    } else {
        return !in_bounded<Codec>() || BoundedOf<Codec>::Bound::kSteps < 8 || Codec::kGroup == 16;
    }
}

template <bool kPairs>
static ActForm avx2_form(Type type, size_t rows) noexcept {
    if (rows == 1) return q8_unless_float(type, rows);
    return with_codec(type, []<typename Codec>() {
        if constexpr (Codec::kFloat) {
            return ActForm::F32;
        } else if constexpr (kPairs && in_byte_pairs<Codec>()) {
            return BytePairMat<Codec>::kForm;
        } else {
            return !in_bounded<Codec>() || (kPairs && in_pairs<Codec>()) ? ActForm::Pairs : BoundedMat<Codec>::kForm;
        }
    });
}

// body<index>(), one of kCount.
template <int kCount, int kIndex = 0, typename Body>
static void with_index(int index, const Body& body) {
    if constexpr (kIndex < kCount) {
        if (index == kIndex) return body.template operator()<kIndex>();
        with_index<kCount, kIndex + 1>(index, body);
    }
}

static void avx2_prepare(ActForm form, ConstRows x, size_t rows, size_t n, void* out) noexcept {
    if (form < ActForm::Pairs) return act_prepare(form, x, rows, n, out);
    if (form == ActForm::Fours) return prepare_fours(x, rows, n, static_cast<FoursBlock*>(out));
    const auto each_block = [&](auto* block, const auto& set) {
        for (size_t i = 0; i < rows; ++i) {
            for (size_t k = 0; k < n; k += 256, ++block) set(x.row(i) + k, n - k < 256 ? n - k : 256, *block);
        }
    };
    if (form == ActForm::Pairs) {
        each_block(static_cast<PairBlock*>(out), pair_block);
    } else if (form < ActForm::Bounded) {
        with_index<kBytePairKinds>(static_cast<int>(form) - static_cast<int>(ActForm::BytePairs),
                                   [&]<int i>() { each_block(static_cast<BytePairBlock*>(out), byte_pair_block<typename ByteKindAt<i>::T>); });
    } else {
        with_index<kBounds>(static_cast<int>(form) - static_cast<int>(ActForm::Bounded),
                            [&]<int i>() { each_block(static_cast<BoundedBlock*>(out), bounded_block<BoundAt<i>>); });
    }
}

static void avx2_linear_mat(const LinearMat& job, size_t r0, size_t r1, void* scratch) noexcept {
    with_codec(job.type, [&]<typename Codec>() {
        if constexpr (Codec::kFloat) {
            mat_panels<FloatMat<Codec>, Codec>(job, r0, r1, scratch);
        } else if (job.form == ActForm::Q8) {  // a single row
            vec_range<Codec>(static_cast<const uint8_t*>(job.weights), job.n, job.act, r0, r1, false, job.out.data);
        } else if (job.form >= ActForm::Bounded) {
            if constexpr (in_bounded<Codec>()) mat_panels<BoundedMat<Codec>, Codec>(job, r0, r1, scratch);
        } else if (job.form >= ActForm::BytePairs) {
            if constexpr (in_byte_pairs<Codec>()) mat_panels<BytePairMat<Codec>, Codec>(job, r0, r1, scratch);
        } else if constexpr (in_pairs<Codec>() && !in_byte_pairs<Codec>()) {
            if (job.form == ActForm::Fours) {
                mat_panels<FoursMat<Codec>, Codec>(job, r0, r1, scratch);
            } else {
                mat_panels<PairMat<Codec>, Codec>(job, r0, r1, scratch);
            }
        }
    });
}

template <bool kPairs>
static constexpr Kernels make_avx2_table() {
    static_assert(sizeof(FoursScratch) > sizeof(FloatPanel) && sizeof(FoursScratch) > sizeof(PairPanel) && sizeof(FoursScratch) > sizeof(BoundedPanel) &&
                  sizeof(FoursScratch) > sizeof(BytePairPanel<ByteKindAt<1>::T>));
    Kernels table = make_table(Isa::Avx2, avx2_form<kPairs>, avx2_prepare, avx2_linear_mat, sizeof(FoursScratch));
    table.mat_rows = [](Type type) noexcept -> size_t { return avx2_form<kPairs>(type, 2) == ActForm::Pairs ? kPairRows : kPanelRows; };
    return table;
}
