// Activations for linear_bounded.h.
#pragma once

// Of every four codes of a group of 32 the first two are added to one sum and the other two to another. With groups of 16 those are two groups.
// kMost: what the activations of one sign, or the magnitudes of all, may come to in a sum.
// kOneScale: activations have one scale for 256 values instead of one for 32, so that their products are whole numbers until the end. It costs as much
// accuracy as llama.cpp gives up for it, and is for codes of two and three bits, which are far from what they stand for anyway.
enum class Limit { OneSign, Magnitudes };
template <int kGroupValues, Limit kLimitOf, int kMostOfThem, int kStepsOfSum = 8, int kScaleValues = 32>
struct ActBound {
    static constexpr Limit kLimit = kLimitOf;
    static constexpr int kGroup = kGroupValues, kMost = kMostOfThem, kSums = 256 / kGroup;
    static constexpr bool kOneScale = kScaleValues == 256;
    static constexpr int kSteps = kStepsOfSum;  // fours of values whose products are summed
    static constexpr int kRuns = 8 / kSteps;    // such sums of 32
    static_assert(kGroup == 32 || kRuns == 1);
    static constexpr bool kFree = kMost >= 2 * kSteps * 127;
    // Scales of weights become integers. Sums of as many products as have a scale, times them, have 32 bits.
    static constexpr float kLargestFactor = 32767.0f / (kRuns * kScaleValues / 32);
};

// Those that are used: one for each of the forms from ActForm::Bounded on.
template <int kIndex>
struct BoundOf;
#define BOUND(index, ...)                   \
    template <>                             \
    struct BoundOf<index> {                 \
        using T = ActBound<__VA_ARGS__>;    \
    };
BOUND(0, 32, Limit::OneSign, 2047)             // codes of up to 16 above and below zero
BOUND(1, 32, Limit::OneSign, 1057)             // 31 above
BOUND(2, 32, Limit::Magnitudes, 1023, 8, 256)  // 32 above and below
BOUND(3, 32, Limit::Magnitudes, 762, 8, 256)   // 43
BOUND(4, 16, Limit::OneSign, 2047)
BOUND(5, 16, Limit::Magnitudes, 1023)
BOUND(6, 16, Limit::Magnitudes, 762)
BOUND(7, 32, Limit::Magnitudes, 334, 4)        // 98, as nearly IQ4_XS has; others with eight bits are multiplied with activations of eight bits by everyone
#undef BOUND

template <int kIndex>
using BoundAt = typename BoundOf<kIndex>::T;

// The first that will do for codes of -below .. above, or -1.
template <int kIndex = 0>
static constexpr int index_of_bound(int group, int below, int above) {
    if constexpr (kIndex == kBounds) {
        return -1;
    } else {
        using B = BoundAt<kIndex>;
        const int most = below > above ? below : above;
        const bool fits = most * B::kMost <= 32767 && (B::kFree || B::kLimit == Limit::Magnitudes || below == 0);
        return B::kGroup == group && fits ? kIndex : index_of_bound<kIndex + 1>(group, below, above);
    }
}

static constexpr ActForm bounded(int index) { return static_cast<ActForm>(static_cast<int>(ActForm::Bounded) + index); }

// The largest sum of activations of one sign, or of magnitudes, whose products are summed together.
template <typename Bound>
static inline float most_of_sums(const vfloat* x) {
    const auto turned = [](vfloat a, vfloat b) { return add(_mm256_permute2f128_ps(a, b, 0x20), _mm256_permute2f128_ps(a, b, 0x31)); };
    const auto sums = [&](const auto& part) {
        const vfloat fours = turned(add(part(x[0]), part(x[1])), add(part(x[2]), part(x[3])));
        const vfloat twos = add(fours, _mm256_permute_ps(fours, 0xb1));
        if constexpr (Bound::kRuns == 2) return twos;
        return add(twos, Bound::kGroup == 32 ? _mm256_permute2f128_ps(twos, twos, 0x01) : _mm256_permute_ps(twos, 0x4e));
    };
    const vfloat sign = _mm256_set1_ps(-0.0f);
    if constexpr (Bound::kLimit == Limit::Magnitudes) return highest(sums([&](vfloat v) { return _mm256_andnot_ps(sign, v); }));
    const vfloat above = sums([](vfloat v) { return _mm256_max_ps(v, zero_f()); });
    const vfloat below = sums([](vfloat v) { return _mm256_max_ps(_mm256_sub_ps(zero_f(), v), zero_f()); });
    return highest(_mm256_max_ps(above, below));
}

// The smallest scale for 32 values. NaN if there is one among them.
template <typename Bound>
static inline float scale_of(const vfloat (&x)[4]) {
    vfloat top = zero_f(), odd = zero_f();
    for (const vfloat v : x) {
        top = _mm256_max_ps(top, _mm256_andnot_ps(_mm256_set1_ps(-0.0f), v));
        odd = _mm256_or_ps(odd, _mm256_cmp_ps(v, v, _CMP_UNORD_Q));
    }
    const float scale = highest_or_nan(_mm256_or_ps(top, odd)) / 127.0f;
    if constexpr (Bound::kFree) return scale;
    const float least = most_of_sums<Bound>(x) / static_cast<float>(Bound::kMost - Bound::kSteps);  // each of 2 kSteps values may be rounded up by a half
    return scale < least ? least : scale;
}

// Codes of 32 values in the order in which they are multiplied: with groups of 16, two of each at a time.
template <int kGroup>
static inline u8x32 in_twos(u8x32 codes) {
    if constexpr (kGroup == 32) return codes;
    const __m256i order = _mm256_setr_epi8(0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15, 0, 1, 8, 9, 2, 3, 10, 11, 4, 5, 12, 13, 6, 7, 14, 15);
    return {_mm256_shuffle_epi8(_mm256_permute4x64_epi64(codes.v, 0xd8), order)};
}

// Of the first and of the last two of every four codes that are multiplied together: kRuns times two sums.
template <int kRuns>
static inline void sums_of_twos(__m256i codes, int16_t* sum) {
    __m256i s = _mm256_maddubs_epi16(_mm256_set1_epi8(1), codes);
    s = _mm256_add_epi16(s, _mm256_shuffle_epi32(s, 0x4e));
    s = _mm256_add_epi16(s, _mm256_shuffle_epi32(s, 0xb1));
    const __m128i low = _mm256_castsi256_si128(s), high = _mm256_extracti128_si256(s, 1);
    const __m128i both = kRuns == 2 ? _mm_unpacklo_epi32(low, high) : _mm_add_epi16(low, high);
    memcpy(sum, &both, kRuns * sizeof(int32_t));
}

// n <= 256 values, a multiple of 32.
template <typename Bound>
static void bounded_block(const float* x, size_t n, BoundedBlock& block) {
    alignas(32) float sums[Bound::kSums] = {};
    if (n < 256) memset(&block, 0, sizeof block);
    const size_t groups = n / 32;
    const auto values = [&](size_t g, vfloat (&v)[4]) {
        for (size_t i = 0; i < 4; ++i) v[i] = load_f(x + 32 * g + kLanes * i);
    };
    for (size_t g = 0; g < groups; ++g) {
        vfloat v[4];
        values(g, v);
        block.scale[g] = scale_of<Bound>(v);
    }
    if constexpr (Bound::kOneScale) store_f(block.scale, _mm256_set1_ps(highest_or_nan(load_f(block.scale))));
    for (size_t g = 0; g < groups; ++g) {
        vfloat v[4];
        __m256i code[4];
        values(g, v);
        const float scale = block.scale[g];
        const vfloat inverse = _mm256_set1_ps(scale > 1e-32f ? 1.0f / scale : 0.0f);
        for (size_t i = 0; i < 4; ++i) code[i] = _mm256_cvtps_epi32(mul(v[i], inverse));
        const u8x32 codes = in_twos<Bound::kGroup>(pack_codes(code[0], code[1], code[2], code[3]));
        store32(reinterpret_cast<uint8_t*>(block.codes + 32 * g), codes);
        int16_t* sum = block.code_sums + 2 * Bound::kRuns * g;
        sums_of_twos<Bound::kRuns>(codes.v, sum);
        if constexpr (Bound::kGroup == 32) {
            int sum_of_codes = 0;
            for (int i = 0; i < 2 * Bound::kRuns; ++i) sum_of_codes += sum[i];
            sums[g] = scale * static_cast<float>(sum_of_codes);
        } else {
            for (size_t i = 0; i < 2; ++i) sums[2 * g + i] = scale * static_cast<float>(sum[i]);
        }
    }
    block.sum_unit = to_whole(sums, Bound::kSums, kLargestSum, block.sums);
}
