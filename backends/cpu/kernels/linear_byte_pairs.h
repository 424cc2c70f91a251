// linear_pairs.h's way with bytes, for formats of up to six bits: the sums w + y and v + x are bytes, and one multiplication does 64 products.
// Neighbours of (w + y)(v + x) are added in 16 bits, modulo 2^16, and what is known beforehand is subtracted there: what is left, a group's
// products of weights and activations, fits. A scale of 16 bits multiplies such sums, and adds the neighbours, too.
// The price: weights and activations share the 8 bits. Activations that are shifted, so that the largest is as far from zero as the smallest,
// make up for it.
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

// How a codec's weights are multiplied.
template <typename Codec>
struct BytePairs {
    // Scales that are small whole numbers are multiplied with the codes, and then there is one scale for 256 values.
    static constexpr bool kFolded = requires { Codec::kLargestScale; };
    static constexpr int kMax = [] {
        if constexpr (kFolded) return Codec::kMax * Codec::kLargestScale;
        return Codec::kMax;
    }();
    static constexpr int kZero = Codec::kMin ? (kMax + 1) / 2 : Codec::kZero;  // with minima it can be any
    static constexpr int kAbove = kMax - kZero + 1, kNeeded = kAbove > kZero ? kAbove : kZero;
    static constexpr int kReach = kNeeded <= 8 ? 8 : kNeeded <= 16 ? 16 : kNeeded <= 24 ? 24 : 32;
    // Formats of small blocks are used with activations of 8 bits by everyone, those of 256 values with less.
    static constexpr bool kSmallBlocks = Codec::kBlock < 256, kShifted = !Codec::kMin && (kSmallBlocks || kReach == 32);
    static constexpr int kGroup = kFolded ? 32 : Codec::kGroup;
    using Kind = BytePairKind<kGroup, kReach, kShifted, kShifted ? 32 : Codec::kGroup>;
    static constexpr int kIndex = index_of_kind<Kind>();
    static constexpr bool kUsed = kNeeded <= kReach && kIndex >= 0 && (!kSmallBlocks || (kShifted && kNeeded < 16));
    // Multiplied with the sums of activations and subtracted: minima; or what activations are shifted by, with sums of weights, negated.
    static constexpr bool kMin = Codec::kMin || kShifted;
    // Scales, minima and sums of activations become integers; sums of their products have 32 bits.
    static constexpr int kBound = 2147483647 / (32 * kReach * (127 - kReach));
    static constexpr float kLargestFactor = kBound > 32767 ? 32767 : kBound;
};

static constexpr float kLargestMin = 8191, kLargestSum = 16383;
static_assert(16 * kLargestMin * kLargestSum < 2147483647.0f);

template <typename Codec>
static constexpr bool in_byte_pairs() {
    if constexpr (Codec::kFloat) {
        return false;
    } else {
        return BytePairs<Codec>::kUsed;
    }
}

// 256 values of kPanelRows rows; the first half of a group is w, with kOffset added, the second v.
struct BytePairPanel {
    alignas(64) uint8_t codes[256 / 4][kPanelRows][4];
    int32_t start[16][kPanelRows];   // of a group: minus the sums of (w + kOffset) v, as in BytePairBlock
    int32_t factor[16][kPanelRows];  // a group's scale, twice
    int32_t min[8][kPanelRows];      // two of 16 bits, for neighbours
    float unit[kPanelRows], min_unit[kPanelRows];
};

// n values, a multiple of 8, as whole numbers up to `top`. Returns their unit.
static inline float to_whole(const float* values, int n, float top, int16_t* whole) {
    vfloat most = zero_f(), odd = zero_f();
    for (int i = 0; i < n; i += kLanes) {
        const vfloat v = load_f(values + i);
        most = _mm256_max_ps(most, _mm256_andnot_ps(_mm256_set1_ps(-0.0f), v));
        odd = _mm256_or_ps(odd, _mm256_cmp_ps(v, v, _CMP_UNORD_Q));
    }
    const float largest = _mm256_movemask_ps(odd) != 0 ? __builtin_nanf("") : highest(most);
    const vfloat inverse = _mm256_set1_ps(largest > 1e-30f ? top / largest : 0.0f);
    for (int i = 0; i < n; i += kLanes) {
        const __m256i v = _mm256_cvtps_epi32(mul(load_f(values + i), inverse));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(whole + i), _mm_packs_epi32(_mm256_castsi256_si128(v), _mm256_extracti128_si256(v, 1)));
    }
    return largest / top;
}

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
            for (int i = 0; i < 2; ++i) {
                const __m128i eights = _mm_sad_epu8(_mm_xor_si128(load_half(codes + 16 * i), _mm_set1_epi8(-128)), _mm_setzero_si128());
                sum[i] = _mm_cvtsi128_si32(eights) + _mm_extract_epi16(eights, 4) - 16 * 128;
            }
            constexpr int kOfSum = 32 / Kind::kSumGroup;
            for (int i = 0; i < kOfSum; ++i) sums[kOfSum * g + i] = block.scale[g] * static_cast<float>(kOfSum == 2 ? sum[i] : sum[0] + sum[1]);
        }
    }
    block.sum_unit = to_whole(sums, Kind::kSums, kLargestSum, block.sums);
}

// The form byte_pairs(index).
template <int kIndex = 0>
static void prepare_byte_pairs(int index, const float* x, size_t stride, size_t rows, size_t n, BytePairBlock* block) {
    if constexpr (kIndex < kBytePairKinds) {
        if (index != kIndex) return prepare_byte_pairs<kIndex + 1>(index, x, stride, rows, n, block);
        for (size_t i = 0; i < rows; ++i) {
            for (size_t k = 0; k < n; k += 256, ++block) byte_pair_block<typename ByteKindAt<kIndex>::T>(x + i * stride + k, n - k < 256 ? n - k : 256, *block);
        }
    }
}

// Weights that are in the panel: what they start with, and a group's sum of them.
template <typename Kind>
static void finish_codes(BytePairPanel& panel, int groups, int32_t (&weight_sums)[16][kPanelRows]) {
    for (int s = 0; s < groups; ++s) {
        const auto* step = panel.codes + 2 * Kind::kSteps * s;
        for (int row = 0; row < kPanelRows; row += kLanes) {
            vint start = zero_i(), both = zero_i();
            for (int i = 0; i < Kind::kSteps; ++i) {
                const vint w = load_i(step[i][row]), v = load_i(step[i + Kind::kSteps][row]);
                start = _mm256_sub_epi16(start, _mm256_maddubs_epi16(w, v));
                if (Kind::kShifted) both = _mm256_add_epi16(both, _mm256_add_epi16(_mm256_maddubs_epi16(w, fill(1).v), _mm256_maddubs_epi16(fill(1).v, v)));
            }
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(panel.start[s] + row), start);
            if (!Kind::kShifted) continue;
            const vint sum = _mm256_sub_epi32(_mm256_madd_epi16(both, _mm256_set1_epi16(1)), _mm256_set1_epi32(Kind::kGroup / 2 * Kind::kOffset));
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(weight_sums[s] + row), sum);
        }
    }
}

// Codes of the g-th 32 values times their two scales.
template <typename Codec>
static inline u8x32 folded(u8x32 codes, const uint64_t (&scales)[2], int g) {
    static_assert(Codec::kGroup == 16 && Codec::kMax * Codec::kLargestScale < 128);
    const auto two = static_cast<int16_t>(scales[g / 4] >> (16 * (g % 4)));
    const __m128i both = _mm_set1_epi16(two);
    const __m128i low = _mm_and_si128(both, _mm_set1_epi16(0xff)), high = _mm_srli_epi16(both, 8);
    return {_mm256_mullo_epi16(codes.v, halves(low, high))};
}

// rows: the first of 32 * groups values in each of kPanelRows rows.
template <typename Codec>
static void unpack_byte_pairs(const uint8_t* const (&rows)[kPanelRows], int groups, BytePairPanel& panel) {
    using P = BytePairs<Codec>;
    using Kind = typename P::Kind;
    constexpr int kRowsAhead = 8, kBlockGroups = Codec::kBlock / 32;
    const auto bytes = static_cast<size_t>(groups / kBlockGroups * Codec::kBytes);
    for (int row = 0; row < kRowsAhead; ++row) prefetch(rows[row], bytes);
    // What makes w and v of the codes.
    const __m128i w = _mm_set1_epi8(static_cast<char>(Kind::kOffset - P::kZero)), v = _mm_set1_epi8(-P::kZero);
    const u8x32 add{Kind::kGroup == 16 ? _mm256_broadcastsi128_si256(_mm_unpacklo_epi64(w, v)) : halves(w, v)};
    for (int row = 0; row < kPanelRows; row += 4) {
        for (int i = row + kRowsAhead; i < row + kRowsAhead + 4 && i < kPanelRows; ++i) prefetch(rows[i], bytes);
        uint64_t scales[4][2];
        if constexpr (P::kFolded) {
            for (int i = 0; i < 4; ++i) {
                uint64_t min[2];
                Codec::whole_scales(rows[row + i], scales[i], min);
            }
        }
#pragma GCC unroll 8
        for (int g = 0; g < groups; ++g) {
            __m256i codes[4];
#pragma GCC unroll 4
            for (int i = 0; i < 4; ++i) {
                const uint8_t* block = rows[row + i] + g / kBlockGroups * Codec::kBytes;
                u8x32 code = signed_codes<Codec>(block, g % kBlockGroups);
                if constexpr (P::kFolded) code = folded<Codec>(code, scales[i], g);
                codes[i] = (code + add).v;
            }
            store_quads(panel.codes, 8 * g, row, codes);
        }
    }
    int32_t weight_sums[16][kPanelRows];
    if (Kind::kShifted && groups < 8) memset(weight_sums, 0, sizeof weight_sums);
    finish_codes<Kind>(panel, groups * 32 / Kind::kGroup, weight_sums);
    for (int row = 0; row < kPanelRows; ++row) {
        alignas(32) float scale[256 / Codec::kGroup], min[256 / Codec::kGroup];
        int16_t factor[Kind::kGroups], whole_min[Kind::kSums];
        block_scales<Codec>(rows[row], groups, scale, min);
        if constexpr (P::kFolded) {
            for (float& s : scale) s = Codec::unit(rows[row]);
        }
        panel.unit[row] = to_whole(scale, Kind::kGroups, P::kLargestFactor, factor);
        for (int i = 0; i < Kind::kGroups; ++i) panel.factor[i][row] = static_cast<int32_t>(static_cast<uint16_t>(factor[i]) * 0x10001u);
        if constexpr (P::kMin) {
            if constexpr (Kind::kShifted) {
                for (int i = 0; i < Kind::kSums; ++i) {
                    min[i] = 0;
                    for (int s = 32 / Kind::kGroup * i; s < 32 / Kind::kGroup * (i + 1); ++s) min[i] -= scale[s] * static_cast<float>(weight_sums[s][row]);
                }
            } else {
                for (int i = 0; i < Kind::kSums; ++i) min[i] -= P::kZero * scale[i];
            }
            panel.min_unit[row] = to_whole(min, Kind::kSums, kLargestMin, whole_min);
            for (int i = 0; i < Kind::kSums / 2; ++i) memcpy(&panel.min[i][row], whole_min + 2 * i, sizeof panel.min[i][row]);
        }
    }
}

// out[0 .. kVecs * kLanes) = the panel's rows from `row` on times the activations, or, if `more`, added to what is there.
template <typename Codec, int kVecs>
static void byte_pair_tile(const BytePairPanel& panel, int row, int groups, const BytePairBlock& x, bool more, float* out) {
    using P = BytePairs<Codec>;
    using Kind = typename P::Kind;
    constexpr int kParts = 32 / Kind::kGroup;
    vfloat total[kVecs];
#pragma GCC unroll 4
    for (int v = 0; v < kVecs; ++v) total[v] = zero_f();
    for (int g = 0; g < groups; ++g) {
        vint dots[kVecs];
#pragma GCC unroll 2
        for (int part = 0; part < kParts; ++part) {
            const int s = kParts * g + part;
            const auto* step = panel.codes + 2 * Kind::kSteps * s;
            const int8_t* codes = x.codes + Kind::kGroup * s;
            const vint start = broadcast_i(x.start + s);
            vint pairs[kVecs];
#pragma GCC unroll 4
            for (int v = 0; v < kVecs; ++v) pairs[v] = _mm256_add_epi16(start, load_i(panel.start[s] + row + v * kLanes));
#pragma GCC unroll 4
            for (int i = 0; i < Kind::kSteps; ++i) {
                const vint first = broadcast_i(codes + 4 * i), second = broadcast_i(codes + 4 * (i + Kind::kSteps));
#pragma GCC unroll 4
                for (int v = 0; v < kVecs; ++v) {
                    const vint a = _mm256_add_epi8(second, load_i(step[i][row + v * kLanes]));
                    const vint b = _mm256_add_epi8(first, load_i(step[i + Kind::kSteps][row + v * kLanes]));
                    pairs[v] = _mm256_add_epi16(pairs[v], _mm256_maddubs_epi16(a, b));
                }
            }
#pragma GCC unroll 4
            for (int v = 0; v < kVecs; ++v) {
                const vint scaled = _mm256_madd_epi16(pairs[v], load_i(panel.factor[s] + row + v * kLanes));
                dots[v] = part == 0 ? scaled : _mm256_add_epi32(dots[v], scaled);
            }
        }
        const vfloat scale = broadcast_f(x.scale + g);
#pragma GCC unroll 4
        for (int v = 0; v < kVecs; ++v) total[v] = fma(to_float(dots[v]), scale, total[v]);
    }
#pragma GCC unroll 4
    for (int v = 0; v < kVecs; ++v) {
        const float* y = out + v * kLanes;
        total[v] = fma(total[v], load_f(panel.unit + row + v * kLanes), more ? load_f(y) : zero_f());
    }
    if constexpr (P::kMin) {
        vint offset[kVecs];
#pragma GCC unroll 4
        for (int v = 0; v < kVecs; ++v) offset[v] = zero_i();
#pragma GCC unroll 8
        for (int i = 0; i < Kind::kSums / 2; ++i) {
            const vint two = broadcast_i(x.sums + 2 * i);
#pragma GCC unroll 4
            for (int v = 0; v < kVecs; ++v) offset[v] = _mm256_add_epi32(offset[v], _mm256_madd_epi16(two, load_i(panel.min[i] + row + v * kLanes)));
        }
        const vfloat unit = broadcast_f(&x.sum_unit);
#pragma GCC unroll 4
        for (int v = 0; v < kVecs; ++v) total[v] = fnma(to_float(offset[v]), mul(load_f(panel.min_unit + row + v * kLanes), unit), total[v]);
    }
#pragma GCC unroll 4
    for (int v = 0; v < kVecs; ++v) store_f(out + v * kLanes, total[v]);
}

template <typename Codec>
struct BytePairMat {
    using Weights = BytePairPanel;
    using Activation = BytePairBlock;
    static constexpr ActForm kForm = byte_pairs(BytePairs<Codec>::kIndex);
    static constexpr int kVecs = 4, kRows = kPanelRows, kCols = 1;
    static constexpr size_t kValues = 256;

    static size_t act_row(size_t n) { return act_blocks(n); }
    static void unpack(const uint8_t* const (&rows)[kRows], size_t count, BytePairPanel& panel) {
        unpack_byte_pairs<Codec>(rows, static_cast<int>(count / 32), panel);
    }
    static void multiply(const BytePairPanel& panel, int rows, size_t count, const BytePairBlock& x, bool more, float* out) {
        for (int row = 0; row < rows; row += kVecs * kLanes) {
            byte_pair_tile<Codec, kVecs>(panel, row, static_cast<int>(count / 32), x, more, out + row);
        }
    }
};
