// linear_pairs.h's way with bytes, for codes of up to 43: the sums w + y and v + x are bytes, and one multiplication does 64 products.
// Neighbours of (w + y)(v + x) are added in 16 bits, modulo 2^16, and what is known beforehand is subtracted there: what is left, a group's
// products of weights and activations, fits. A scale of 16 bits multiplies such sums, and adds the neighbours, too.
// The price: weights and activations share the 8 bits. Activations that are shifted, so that the largest is as far from zero as the smallest,
// make up for it.
#pragma once

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
    static constexpr int kReach = kNeeded <= 8 ? 8 : kNeeded <= 16 ? 16 : kNeeded <= 24 ? 24 : kNeeded <= 32 ? 32 : 44;
    // Formats of small blocks are used with activations of 8 bits by everyone, those of 256 values with less.
    static constexpr bool kSmallBlocks = Codec::kBlock < 256, kShifted = !Codec::kMin && (kSmallBlocks || kReach >= 32);
    static constexpr int kGroup = kFolded ? 32 : Codec::kGroup;
    using Kind = BytePairKind<kGroup, kReach, kShifted, kShifted ? 32 : Codec::kGroup>;
    static constexpr int kIndex = index_of_kind<Kind>();
    static constexpr bool kUsed = kNeeded <= kReach && kIndex >= 0 && (!kSmallBlocks || (kShifted && kNeeded < 16));
    // Multiplied with the sums of activations and subtracted: minima; or what activations are shifted by, with sums of weights, negated.
    static constexpr bool kMin = Codec::kMin || kShifted;
    // Scales become integers; sums of their products have 32 bits.
    static constexpr int kBound = 2147483647 / (32 * kReach * (127 - kReach));
    static constexpr float kLargestFactor = kBound > 32767 ? 32767 : kBound;
};

template <typename Codec>
static constexpr bool in_byte_pairs() {
    if constexpr (Codec::kFloat) {
        return false;
    } else {
        return BytePairs<Codec>::kUsed;
    }
}

// As many rows as are multiplied at a time. What one multiplication reads lies together.
static constexpr int kByteVecs = 4, kByteRows = kByteVecs * kLanes, kByteTiles = kPanelRows / kByteRows;

// 256 values of kPanelRows rows.
template <typename Kind>
struct BytePairPanel {
    struct Group {
        uint8_t codes[Kind::kGroup / 4][kByteRows][4];  // the first half of a group is w, with kOffset added, the second v
        int32_t start[kByteRows];                       // minus the sums of (w + kOffset) v, as in BytePairBlock
        int32_t factor[kByteRows];                      // the scale, twice
    };
    alignas(64) Group groups[kByteTiles][Kind::kGroups];
    int32_t min[8][kPanelRows];  // two of 16 bits, for neighbours
    float unit[kPanelRows], min_unit[kPanelRows];
};

// Weights that are in the panel: what they start with, and a group's sum of them.
template <typename Kind>
static void finish_codes(BytePairPanel<Kind>& panel, int groups, int32_t (&weight_sums)[16][kPanelRows]) {
    for (int row = 0; row < kPanelRows; row += kLanes) {
        for (int s = 0; s < groups; ++s) {
            auto& group = panel.groups[row / kByteRows][s];
            const int at = row % kByteRows;
            vint start = zero_i(), both = zero_i();
            for (int i = 0; i < Kind::kSteps; ++i) {
                const vint w = load_i(group.codes[i][at]), v = load_i(group.codes[i + Kind::kSteps][at]);
                start = _mm256_sub_epi16(start, _mm256_maddubs_epi16(w, v));
                if (Kind::kShifted) both = _mm256_add_epi16(both, _mm256_add_epi16(_mm256_maddubs_epi16(w, fill(1).v), _mm256_maddubs_epi16(fill(1).v, v)));
            }
            _mm256_storeu_si256(reinterpret_cast<__m256i*>(group.start + at), start);
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

// Scales and minima of eight rows, from row `at` of the panel on.
template <typename Codec>
static inline void unpack_byte_scales(const uint8_t* const* rows, int groups, int at, const int32_t (&weight_sums)[16][kPanelRows],
                                      BytePairPanel<typename BytePairs<Codec>::Kind>& panel) {
    using P = BytePairs<Codec>;
    using Kind = typename P::Kind;
    constexpr int kScales = 256 / Codec::kGroup;
    vfloat scale[kScales], min[kScales];
    __m256i whole[kScales];
    scale_columns<Codec>(rows, groups, scale, min);
    if constexpr (P::kFolded) {
        alignas(32) float units[8];
        for (int i = 0; i < 8; ++i) units[i] = Codec::unit(rows[i]);
        for (vfloat& s : scale) s = load_f(units);
    }
    store_f(panel.unit + at, to_whole(scale, P::kLargestFactor, whole));
#pragma GCC unroll 16
    for (int g = 0; g < Kind::kGroups; ++g) store_both(panel.groups[at / kByteRows][g].factor + at % kByteRows, whole[g], whole[g]);
    if constexpr (P::kMin) {
        constexpr int kParts = 32 / Kind::kGroup;
        vfloat of_sum[Kind::kSums];
#pragma GCC unroll 16
        for (int i = 0; i < Kind::kSums; ++i) {
            if constexpr (Kind::kShifted) {
                of_sum[i] = zero_f();
                for (int s = kParts * i; s < kParts * (i + 1); ++s) of_sum[i] = fnma(scale[s], to_float(load_i(weight_sums[s] + at)), of_sum[i]);
            } else {
                of_sum[i] = fnma(scale[i], _mm256_set1_ps(P::kZero), min[i]);
            }
        }
        store_f(panel.min_unit + at, to_whole(of_sum, kLargestMin, whole));
#pragma GCC unroll 16
        for (int i = 0; i < Kind::kSums; i += 2) store_both(panel.min[i / 2] + at, whole[i], whole[i + 1]);
    }
}

// rows: the first of 32 * groups values in each of kPanelRows rows.
template <typename Codec>
static void unpack_byte_pairs(const uint8_t* const (&rows)[kPanelRows], int groups, BytePairPanel<typename BytePairs<Codec>::Kind>& panel) {
    using P = BytePairs<Codec>;
    using Kind = typename P::Kind;
    constexpr int kRowsAhead = 8, kBlockGroups = Codec::kBlock / 32, kParts = 32 / Kind::kGroup;
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
            auto* group = panel.groups[row / kByteRows] + kParts * g;
            auto* high = Kind::kGroup == 16 ? group[1].codes : group->codes + 4;
            store_quads(group->codes[0][row % kByteRows], high[0][row % kByteRows], sizeof group->codes[0], codes);
        }
    }
    int32_t weight_sums[16][kPanelRows];
    if (Kind::kShifted && groups < 8) memset(weight_sums, 0, sizeof weight_sums);
    finish_codes<Kind>(panel, groups * 32 / Kind::kGroup, weight_sums);
    for (int row = 0; row < kPanelRows; row += kLanes) unpack_byte_scales<Codec>(rows + row, groups, row, weight_sums, panel);
}

// The panel's kByteRows rows from `row` on times the activations.
template <typename Codec>
static void byte_pair_tile(const BytePairPanel<typename BytePairs<Codec>::Kind>& panel, int row, int groups, const BytePairBlock& x, const Results& results) {
    using P = BytePairs<Codec>;
    using Kind = typename P::Kind;
    constexpr int kParts = 32 / Kind::kGroup, kVecs = kByteVecs;
    const auto* group = panel.groups[row / kByteRows];
    vfloat total[kVecs];
#pragma GCC unroll 4
    for (int v = 0; v < kVecs; ++v) total[v] = zero_f();
    for (int g = 0; g < groups; ++g) {
        vint dots[kVecs];
#pragma GCC unroll 2
        for (int part = 0; part < kParts; ++part, ++group) {
            const int s = kParts * g + part;
            const int8_t* codes = x.codes + Kind::kGroup * s;
            const vint start = broadcast_i(x.start + s);
            vint pairs[kVecs];
#pragma GCC unroll 4
            for (int v = 0; v < kVecs; ++v) pairs[v] = _mm256_add_epi16(start, load_i(group->start + v * kLanes));
#pragma GCC unroll 4
            for (int i = 0; i < Kind::kSteps; ++i) {
                const vint first = broadcast_i(codes + 4 * i), second = broadcast_i(codes + 4 * (i + Kind::kSteps));
#pragma GCC unroll 4
                for (int v = 0; v < kVecs; ++v) {
                    const vint a = _mm256_add_epi8(second, load_i(group->codes[i][v * kLanes]));
                    const vint b = _mm256_add_epi8(first, load_i(group->codes[i + Kind::kSteps][v * kLanes]));
                    pairs[v] = _mm256_add_epi16(pairs[v], _mm256_maddubs_epi16(a, b));
                }
            }
#pragma GCC unroll 4
            for (int v = 0; v < kVecs; ++v) {
                const vint scaled = _mm256_madd_epi16(pairs[v], load_i(group->factor + v * kLanes));
                dots[v] = part == 0 ? scaled : _mm256_add_epi32(dots[v], scaled);
            }
        }
        const vfloat scale = broadcast_f(x.scale + g);
#pragma GCC unroll 4
        for (int v = 0; v < kVecs; ++v) total[v] = fma(to_float(dots[v]), scale, total[v]);
    }
#pragma GCC unroll 4
    for (int v = 0; v < kVecs; ++v) {
        total[v] = fma(total[v], load_f(panel.unit + row + v * kLanes), results.from ? load_f(results.from.data + v * kLanes) : zero_f());
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
    for (int v = 0; v < kVecs; ++v) store_f(results.to.data + v * kLanes, total[v]);
}

template <typename Codec>
struct BytePairMat {
    using Weights = BytePairPanel<typename BytePairs<Codec>::Kind>;
    using Activation = BytePairBlock;
    static constexpr ActForm kForm = byte_pairs(BytePairs<Codec>::kIndex);
    static constexpr int kRows = kPanelRows, kBlockRows = 1;
    static constexpr bool kAsksAhead = true;

    static void unpack(const uint8_t* const (&rows)[kRows], size_t count, Weights& panel) {
        unpack_byte_pairs<Codec>(rows, static_cast<int>(count / 32), panel);
    }
    template <int kN>
    static void multiply(const Weights& panel, int rows, size_t count, const BytePairBlock* x, size_t x_stride, const Results& results) {
        static_assert(kN == 1);
        constexpr size_t kAsked = asked_with_each_of<kByteTiles>(sizeof *x);
        const auto* next = reinterpret_cast<const char*>(x + x_stride);
        for (int row = 0; row < rows; row += kByteRows, next += kAsked) {
            prefetch(next, kAsked);
            byte_pair_tile<Codec>(panel, row, static_cast<int>(count / 32), *x, results.at(0, row));
        }
    }
};
