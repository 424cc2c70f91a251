// Activations for linear_byte_pairs.h.
#pragma once

// How activations are prepared.
template <int kGroupValues, int kReachOfWeights, bool kShiftedActivations, int kSumValues = kShiftedActivations ? 32 : kGroupValues>
struct BytePairKind {
    static constexpr int kGroup = kGroupValues;            // values whose products are summed in 16 bits
    static constexpr int kReach = kReachOfWeights;         // weights are -kReach .. kReach - 1
    static constexpr bool kShifted = kShiftedActivations;  // 32 at a time
    static constexpr int kSumGroup = kSumValues;           // values whose sum is wanted or, if they are shifted, by how much
    // w + y + kOffset is an unsigned byte and v + x a signed one. With the smallest kTop no two neighbours are too much for 16 bits.
    static constexpr int kOffset = 127, kTops = 7;
    static constexpr int top(int i) { return 127 - kReach - 8 * i; }
    static_assert(2 * (top(kTops - 1) + kReach - 1 + kOffset) * (top(kTops - 1) + kReach) < 32767);
    static constexpr int kGroups = 256 / kGroup, kSteps = kGroup / 8;  // kSteps fours of x in a group, then as many of y
    static constexpr int kSums = 256 / kSumGroup;
    // The sum of magnitudes that every second pair of neighbours in a group may have.
    static constexpr int kMostOfPairs = 32767 / kReach;
    static constexpr bool kAnyFits = kGroup / 2 * top(0) <= kMostOfPairs;
    static_assert(kGroup / 2 * top(kTops - 1) <= kMostOfPairs);
};

// Those that are used: one for each of the forms from ActForm::BytePairs on.
template <int kIndex>
struct ByteKindAt;
#define KIND(index, ...)                        \
    template <>                                 \
    struct ByteKindAt<index> {                  \
        using T = BytePairKind<__VA_ARGS__>;    \
    };
KIND(0, 32, 8, false)
KIND(1, 16, 8, false)
KIND(2, 32, 16, false)
KIND(3, 16, 16, false)
KIND(4, 32, 24, false, 16)
KIND(5, 32, 8, true)
KIND(6, 32, 16, true)
KIND(7, 16, 32, true)
KIND(8, 32, 32, true)
KIND(9, 32, 44, true)  // IQ2_XXS; groups of 16 (IQ2_XS, IQ2_S) would be no more exact than llama.cpp with it
#undef KIND

template <typename Kind, int kIndex = 0>
static constexpr int index_of_kind() {
    if constexpr (kIndex == kBytePairKinds) {
        return -1;
    } else {
        return __is_same(Kind, typename ByteKindAt<kIndex>::T) ? kIndex : index_of_kind<Kind, kIndex + 1>();
    }
}

static constexpr ActForm byte_pairs(int index) { return static_cast<ActForm>(static_cast<int>(ActForm::BytePairs) + index); }

struct Range {
    float least, most;
};

// Of 32 values; NaN if one is.
static inline Range range_of(const float* x) {
    vfloat low = load_f(x), high = low, odd = zero_f();
    for (int i = 0; i < 32; i += kLanes) {
        const vfloat v = load_f(x + i);
        low = _mm256_min_ps(low, v);
        high = _mm256_max_ps(high, v);
        odd = _mm256_or_ps(odd, _mm256_cmp_ps(v, v, _CMP_UNORD_Q));
    }
    if (_mm256_movemask_ps(odd) != 0) return {__builtin_nanf(""), __builtin_nanf("")};
    return {-highest(_mm256_sub_ps(zero_f(), low)), highest(high)};
}

// x and y of 32 values.
template <typename Kind>
static inline void halves_of_groups(__m256i codes, __m128i& x, __m128i& y) {
    const __m128i low = _mm256_castsi256_si128(codes), high = _mm256_extracti128_si256(codes, 1);
    x = Kind::kGroup == 16 ? _mm_unpacklo_epi64(low, high) : low;
    y = Kind::kGroup == 16 ? _mm_unpackhi_epi64(low, high) : high;
}

// Whether all products of the first and of the last two of every four values in a group of 32 fit into 16 bits.
template <typename Kind>
static inline bool pairs_fit(__m128i x, __m128i y) {
    if constexpr (Kind::kAnyFits) return true;
    static_assert(Kind::kAnyFits || Kind::kGroup == 32);
    const __m128i ones = _mm_set1_epi8(1);
    const __m128i pairs = _mm_add_epi16(_mm_maddubs_epi16(_mm_abs_epi8(x), ones), _mm_maddubs_epi16(_mm_abs_epi8(y), ones));
    const __m128i twos = _mm_add_epi16(pairs, _mm_shuffle_epi32(pairs, 0x4e)), all = _mm_add_epi16(twos, _mm_shuffle_epi32(twos, 0xb1));
    return _mm_movemask_epi8(_mm_cmpgt_epi16(all, _mm_set1_epi16(Kind::kMostOfPairs))) == 0;
}

// 32 values as codes, with the smallest scale with which neighbours' sums fit, whatever the weights are. Large w + y are worse than small ones, so
// it may help to change all signs.
template <typename Kind>
static inline float byte_pair_codes(const float* values, float largest, int8_t* codes) {
    for (int i = 0;; ++i) {
        const auto top = static_cast<float>(Kind::top(i));
        const vfloat inverse = _mm256_set1_ps(largest > 1e-30f ? top / largest : 0.0f);
        const auto code = [&](int at) { return _mm256_cvtps_epi32(mul(load_f(values + at), inverse)); };
        const __m256i all = pack_codes(code(0), code(8), code(16), code(24)).v;
        __m128i x, y;
        halves_of_groups<Kind>(all, x, y);
        const __m128i magnitudes = _mm_add_epi8(_mm_abs_epi8(x), _mm_set1_epi8(Kind::kReach));
        const auto fit = [&](__m128i second) {
            const __m128i sums = _mm_add_epi8(second, _mm_set1_epi8(static_cast<char>(Kind::kOffset + Kind::kReach - 1)));
            return _mm_movemask_epi8(_mm_cmpeq_epi16(_mm_maddubs_epi16(sums, magnitudes), _mm_set1_epi16(32767))) == 0;
        };
        const bool last = i + 1 == Kind::kTops, pairs = last || pairs_fit<Kind>(x, y);
        if (pairs && (fit(y) || last)) {
            store32(reinterpret_cast<uint8_t*>(codes), {all});
            return largest / top;
        }
        if (pairs && fit(_mm_sub_epi8(_mm_setzero_si128(), y))) {
            store32(reinterpret_cast<uint8_t*>(codes), {_mm256_sub_epi8(zero_i(), all)});
            return -largest / top;
        }
    }
}

template <typename Kind>
static inline void set_starts(const int8_t* codes, int32_t* start) {
    __m128i x, y;
    halves_of_groups<Kind>(load_i(codes), x, y);
    const __m256i shifted = _mm256_add_epi16(_mm256_cvtepi8_epi16(y), _mm256_set1_epi16(Kind::kOffset));
    const __m256i products = _mm256_mullo_epi16(_mm256_cvtepi8_epi16(x), shifted);
    // The first and the last two of four, then both of each eight.
    const __m256i fours = _mm256_hadd_epi16(products, products);
    const __m256i eights = _mm256_sub_epi16(zero_i(), _mm256_add_epi16(fours, _mm256_shuffle_epi32(fours, 0xb1)));
    const __m128i a = _mm256_castsi256_si128(eights), b = _mm256_extracti128_si256(eights, 1);
    start[0] = _mm_cvtsi128_si32(Kind::kGroup == 16 ? a : _mm_add_epi16(a, b));
    if (Kind::kGroup == 16) start[1] = _mm_cvtsi128_si32(b);
}

// Of the first and of the last 16 of 32 codes.
static inline void sums_of_16(__m256i codes, int (&sum)[2]) {
    const __m256i eights = _mm256_sad_epu8(_mm256_xor_si256(codes, _mm256_set1_epi8(-128)), zero_i());
    const __m256i sums = _mm256_add_epi64(eights, _mm256_srli_si256(eights, 8));
    sum[0] = _mm_cvtsi128_si32(_mm256_castsi256_si128(sums)) - 16 * 128;
    sum[1] = _mm_cvtsi128_si32(_mm256_extracti128_si256(sums, 1)) - 16 * 128;
}

// n <= 256 values, a multiple of 32.
template <typename Kind>
static void byte_pair_block(const float* x, size_t n, BytePairBlock& block) {
    constexpr int kParts = 32 / Kind::kGroup;
    alignas(32) float sums[Kind::kSums] = {}, shifted[32];
    if (n < 256) memset(&block, 0, sizeof block);
    for (int g = 0; g < static_cast<int>(n / 32); ++g) {
        const float* values = x + 32 * g;
        int8_t* codes = block.codes + 32 * g;
        Range range = range_of(values);
        if constexpr (Kind::kShifted) {
            const float centre = sums[g] = 0.5f * (range.most + range.least);
            for (int i = 0; i < 32; i += kLanes) store_f(shifted + i, _mm256_sub_ps(load_f(values + i), _mm256_set1_ps(centre)));
            values = shifted;
            range = {range.least - centre, range.most - centre};
        }
        block.scale[g] = byte_pair_codes<Kind>(values, range.most > -range.least ? range.most : -range.least, codes);
        set_starts<Kind>(codes, block.start + kParts * g);
        if constexpr (!Kind::kShifted) {
            int sum[2];
            sums_of_16(load_i(codes), sum);
            constexpr int kOfSum = 32 / Kind::kSumGroup;
            for (int i = 0; i < kOfSum; ++i) sums[kOfSum * g + i] = block.scale[g] * static_cast<float>(kOfSum == 2 ? sum[i] : sum[0] + sum[1]);
        }
    }
    block.sum_unit = to_whole(sums, Kind::kSums, kLargestSum, block.sums);
}
