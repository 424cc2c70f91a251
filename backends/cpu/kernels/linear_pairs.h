// Many activation rows with half of the multiplications (S. Winograd, A new algorithm for inner product, 1968): for pairs of weights w, v
// and of activations x, y
//     w x + v y = (w + y) (v + x) - w v - x y,
// where the sums of w v and of x y are known beforehand. Weights and activations become integers of 16 bits, with one scale for 256 values
// of a row, so that nothing but integers is summed. They are exact modulo 2^32, and results are less than that: |weight| <= kLargestWeight,
// and the norm of 256 activations is kActNorm at the most.
#pragma once

static constexpr int kPairVecs = 6, kPairRows = kPairVecs * kLanes;  // a panel fills three quarters of the first cache
static constexpr float kLargestWeight = 2047, kActNorm = 6140;  // with room for the sums of linear_fours.h
static_assert(kLargestWeight + kActNorm < 32767 && 16 * kLargestWeight * kActNorm < 2147483647.0f);

// Of the 16 pairs of values in a group of 32, the second ones are 16 values, 8 steps, after the first ones.
static constexpr int kPairSteps = 8;

// 256 values of kPairRows rows.
struct PairPanel {
    alignas(64) uint8_t codes[256 / 2][kPairRows][4];  // two 16-bit values
    int32_t products[kPairRows];                       // sums of the products of pairs, negated
    float scale[kPairRows];
};

// n <= 256 values, a multiple of 32. They are rounded as in the Q8 form first, so that a row gives nearly the same whether it is multiplied
// alone or with others.
static void pair_block(const float* x, size_t n, PairBlock& block) {
    alignas(32) float values[256];
    vfloat squares = zero_f();
    for (size_t g = 0; g < n; g += 32) {
        vfloat top = zero_f();
        for (size_t i = g; i < g + 32; i += kLanes) top = _mm256_max_ps(top, _mm256_andnot_ps(_mm256_set1_ps(-0.0f), load_f(x + i)));
        const float largest = highest(top);
        const vfloat scale = _mm256_set1_ps(largest / 127.0f), inverse = _mm256_set1_ps(largest > 1e-30f ? 127.0f / largest : 0.0f);
        for (size_t i = g; i < g + 32; i += kLanes) {
            const vfloat v = mul(_mm256_round_ps(mul(load_f(x + i), inverse), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC), scale);
            squares = fma(v, v, squares);
            store_f(values + i, v);
        }
    }
    const float norm = _mm_cvtss_f32(_mm_sqrt_ss(_mm_set_ss(sum(squares))));
    block.scale = norm / kActNorm;
    const vfloat inverse = _mm256_set1_ps(norm > 1e-18f ? kActNorm / norm : 0.0f);
    __m256i products = zero_i();
    for (size_t i = 0; i < n; i += 32) {
        __m256i codes[2];
        for (int j = 0; j < 2; ++j) {
            const float* v = values + i + 16 * j;
            const __m256i low = _mm256_cvtps_epi32(mul(load_f(v), inverse)), high = _mm256_cvtps_epi32(mul(load_f(v + 8), inverse));
            codes[j] = _mm256_permute4x64_epi64(_mm256_packs_epi32(low, high), 0xd8);
            _mm256_store_si256(reinterpret_cast<__m256i*>(block.codes + i + 16 * j), codes[j]);
        }
        products = _mm256_add_epi32(products, _mm256_madd_epi16(codes[0], codes[1]));
    }
    block.products = sum(products);
}

// How the codes of eight rows become values of 16 bits: a factor and, if the codec has minima, an offset for each group, in both halves of 32 bits.
template <typename Codec>
struct PairFactors {
    static constexpr bool kUnsigned = Codec::kKind == Codes::Unsigned;
    static constexpr int kGroups = 256 / Codec::kGroup;
    static constexpr int kLow = kUnsigned ? -Codec::kZero : -Codec::kMax, kHigh = kUnsigned ? Codec::kMax - Codec::kZero : Codec::kMax;
    static constexpr int kTop = kHigh > -kLow ? kHigh : -kLow;
    // Codes are shifted up by 8 bits, and small ones further, to fill 15.
    static constexpr int kMore = kTop < 64 ? __builtin_clz(kTop) - 25 : 0, kShift = 8 + kMore;
    using Groups = int32_t[kGroups][8];
    alignas(32) Groups factor, offset;

    // For 32 * groups values. Returns the scales of results.
    vfloat set(const uint8_t* const* rows, int groups) {
        vfloat scale[kGroups], min[kGroups];
        scale_columns<Codec>(rows, groups, scale, min);
        const vfloat low = _mm256_set1_ps(kLow), high = _mm256_set1_ps(kHigh), sign = _mm256_set1_ps(-0.0f);
        vfloat largest = zero_f(), odd = zero_f();
#pragma GCC unroll 16
        for (int i = 0; i < kGroups; ++i) {
            vfloat a = mul(scale[i], low), b = mul(scale[i], high);
            if constexpr (Codec::kMin) {
                a = _mm256_sub_ps(a, min[i]);
                b = _mm256_sub_ps(b, min[i]);
            }
            largest = _mm256_max_ps(largest, _mm256_max_ps(_mm256_andnot_ps(sign, a), _mm256_andnot_ps(sign, b)));
            odd = _mm256_or_ps(odd, _mm256_cmp_ps(a, b, _CMP_UNORD_Q));
        }
        largest = _mm256_or_ps(largest, odd);
        const vfloat unit = factor_up_to(kLargestWeight, largest), shifted = mul(unit, _mm256_set1_ps(1 << (15 - kShift)));
#pragma GCC unroll 16
        for (int i = 0; i < kGroups; ++i) {
            store_twice(factor[i], mul(scale[i], shifted));
            if constexpr (Codec::kMin) store_twice(offset[i], mul(min[i], unit));
        }
        return _mm256_div_ps(largest, _mm256_set1_ps(kLargestWeight));
    }

    static void store_twice(int32_t* to, vfloat values) {
        const __m256i v = _mm256_cvtps_epi32(values);
        store_both(to, v, v);
    }
};

// Of eight rows. Those after them, if there are any, are asked for.
template <typename Codec>
static inline void set_factors(const uint8_t* const* rows, bool last, int groups, PairFactors<Codec>& factors, float* scale) {
    const auto bytes = static_cast<size_t>(32 * groups / Codec::kBlock * Codec::kBytes);
    for (int i = 8; i < 16 && !last; ++i) prefetch(rows[i], bytes);
    store_f(scale, factors.set(rows, groups));
}

// Codes, less kZero.
template <typename Codec>
static inline u8x32 signed_bytes(const uint8_t* block, int g) {
    if constexpr (Codec::kKind == Codes::Unsigned) {
        return Codec::codes(block, g) - fill(Codec::kZero);
    } else {
        return signed_codes<Codec>(block, g);
    }
}

// a's first and b's second half.
static inline __m256i join(__m256i a, __m256i b) { return _mm256_blend_epi32(a, b, 0xf0); }

// 32 values of each of eight rows, the g-th of their 256, to a panel whose steps are kStep bytes apart.
template <typename Codec, size_t kStep>
static inline void unpack_pair_group(const uint8_t* const* rows, const PairFactors<Codec>& factors, int g, uint8_t* codes) {
    using F = PairFactors<Codec>;
    constexpr int kBlockGroups = Codec::kBlock / 32;
    __m256i values[4][4];  // [8 values][row]: of the row and the fourth one after it
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
        const auto bytes = [&](int row) { return signed_bytes<Codec>(rows[row] + g / kBlockGroups * Codec::kBytes, g % kBlockGroups).v; };
        const __m256i a = bytes(i), b = bytes(i + 4);
        const __m256i halves[2] = {_mm256_permute2x128_si256(a, b, 0x20), _mm256_permute2x128_si256(a, b, 0x31)};
#pragma GCC unroll 2
        for (int h = 0; h < 2; ++h) {
            const int at = Codec::kGroup == 16 ? 2 * g + h : g;
            const auto both = [&](const typename F::Groups& of) { return join(broadcast_i(of[at] + i), broadcast_i(of[at] + i + 4)); };
            const auto value = [&](__m256i code) {
                const __m256i v = _mm256_mulhrs_epi16(_mm256_slli_epi16(code, F::kMore), both(factors.factor));
                return Codec::kMin ? _mm256_sub_epi16(v, both(factors.offset)) : v;
            };
            values[2 * h][i] = value(_mm256_unpacklo_epi8(zero_i(), halves[h]));
            values[2 * h + 1][i] = value(_mm256_unpackhi_epi8(zero_i(), halves[h]));
        }
    }
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
        __m256i quads[4];
        transpose_quads(values[i], quads);
#pragma GCC unroll 4
        for (int q = 0; q < 4; ++q) _mm256_store_si256(reinterpret_cast<__m256i*>(codes + static_cast<size_t>(4 * i + q) * kStep), quads[q]);
    }
}

// rows: the first of 32 * groups values in each of kPairRows rows.
template <typename Codec>
static void unpack_pairs(const uint8_t* const (&rows)[kPairRows], int groups, PairPanel& panel) {
    const auto bytes = static_cast<size_t>(32 * groups / Codec::kBlock * Codec::kBytes);
    for (int row = 0; row < 8; ++row) prefetch(rows[row], bytes);
    for (int row = 0; row < kPairRows; row += 8) {
        PairFactors<Codec> factors;
        set_factors<Codec>(rows + row, row + 8 == kPairRows, groups, factors, panel.scale + row);
        for (int g = 0; g < groups; ++g) {
            unpack_pair_group<Codec, sizeof panel.codes[0]>(rows + row, factors, g, panel.codes[2 * kPairSteps * g][row]);
        }
    }
    vint sum[kPairVecs] = {};
    for (int g = 0; g < groups; ++g) {
        for (int i = 0; i < kPairSteps; ++i) {
            const auto* codes = panel.codes + 2 * kPairSteps * g + i;
#pragma GCC unroll 6
            for (int v = 0; v < kPairVecs; ++v) {
                sum[v] = _mm256_sub_epi32(sum[v], _mm256_madd_epi16(load_i(codes[0][v * kLanes]), load_i(codes[kPairSteps][v * kLanes])));
            }
        }
    }
    for (int v = 0; v < kPairVecs; ++v) _mm256_storeu_si256(reinterpret_cast<__m256i*>(panel.products + v * kLanes), sum[v]);
}

// To the sums of kVecs * kLanes rows (instead of them if kInstead): 32 values of theirs, in steps of kStep bytes, times those of kCols activation rows.
// Weights stay in registers, for which activations come one row after the other; if there is but one, additions take weights from memory.
template <int kVecs, int kCols, size_t kStep, bool kInstead = false>
static inline void pair_group(const uint8_t* weights, const int16_t* const (&values)[kCols], vint (&sum)[kCols][kVecs]) {
    const auto load = [](const uint8_t* at) { return kCols > 1 ? load_once(at) : load_i(at); };
#pragma GCC unroll 8
    for (int i = 0; i < kPairSteps; ++i, weights += kStep) {
        vint a[kVecs], b[kVecs];
#pragma GCC unroll 6
        for (int v = 0; v < kVecs; ++v) {
            a[v] = load(weights + 4 * kLanes * v);
            b[v] = load(weights + 4 * kLanes * v + kPairSteps * kStep);
        }
#pragma GCC unroll 4
        for (int c = 0; c < kCols; ++c) {
            const vint first = broadcast_once(values[c] + 2 * i), second = broadcast_once(values[c] + 2 * (i + kPairSteps));
#pragma GCC unroll 6
            for (int v = 0; v < kVecs; ++v) {
                const vint products = _mm256_madd_epi16(_mm256_add_epi16(second, a[v]), _mm256_add_epi16(first, b[v]));
                sum[c][v] = kInstead && i == 0 ? products : _mm256_add_epi32(sum[c][v], products);
            }
        }
    }
}

// The panel's first kVecs * kLanes rows times the activations.
template <int kVecs>
static void pair_tile(const PairPanel& panel, int groups, const PairBlock& x, const Results& results) {
    vint sums[1][kVecs];
    auto& sum = sums[0];
    const vint products = broadcast_i(&x.products);
#pragma GCC unroll 6
    for (int v = 0; v < kVecs; ++v) sum[v] = _mm256_sub_epi32(load_i(panel.products + v * kLanes), products);
    for (int g = 0; g < groups; ++g) pair_group<kVecs, 1, sizeof panel.codes[0]>(panel.codes[2 * kPairSteps * g][0], {x.codes + 32 * g}, sums);
    const vfloat scale = broadcast_f(&x.scale);
    for (int v = 0; v < kVecs; ++v) {
        const vfloat before = results.from ? load_f(results.from.data + v * kLanes) : zero_f();
        store_f(results.to.data + v * kLanes, fma(to_float(sum[v]), mul(load_f(panel.scale + v * kLanes), scale), before));
    }
}

template <typename Codec>
struct PairMat {
    using Weights = PairPanel;
    using Activation = PairBlock;
    static constexpr int kRows = kPairRows, kBlockRows = 1;

    static void unpack(const uint8_t* const (&rows)[kRows], size_t count, PairPanel& panel) {
        unpack_pairs<Codec>(rows, static_cast<int>(count / 32), panel);
    }
    template <int kN>
    static void multiply(const PairPanel& panel, int rows, size_t count, const PairBlock* x, size_t, const Results& results) {
        static_assert(kN == 1);
        const int groups = static_cast<int>(count / 32);
        if (rows > 4 * kLanes) {
            pair_tile<kPairVecs>(panel, groups, *x, results);
        } else if (rows > 2 * kLanes) {
            pair_tile<4>(panel, groups, *x, results);
        } else {
            pair_tile<2>(panel, groups, *x, results);
        }
    }
};
