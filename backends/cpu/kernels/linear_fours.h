// Many activation rows, four at a time, with 49 products of blocks instead of 64 (V. Strassen, Gaussian elimination is not optimal, 1969, twice).
// The blocks are integers as in linear_pairs.h, and so are sums of them; everything is exact modulo 2^32, and results are those of linear_pairs.h
// to the last bit.
// 64 weight rows times four activation rows, 256 values each: 4 x 4 blocks of 16 rows and 64 values times 4 x 4 blocks of 64 values of a row;
// and both are 2 x 2 blocks of 2 x 2 blocks.
#pragma once

static constexpr int kFoursVecs = 2, kFoursRows = kFoursVecs * kLanes, kFoursValues = 64;
static constexpr int kFoursCols = 4;  // fours at a time: with seven blocks of weights, 28 of the 32 KB of most first caches
static constexpr size_t kFoursAtOnce = 128;  // fours of activation rows whose sums are in the second cache
static_assert(4 * kFoursRows == kFoursPanel);
static_assert(4 * (kLargestWeight + kActNorm + 2) < 32767);

// Blocks of a 2 x 2 matrix are 0 .. 3, row by row. A sum of two of them, their difference (sign -1) or the first alone (0).
struct BlockSum {
    int first, second, sign;
};
static constexpr BlockSum kLeft[7] = {{0, 3, 1}, {2, 3, 1}, {0, 0, 0}, {3, 3, 0}, {0, 1, 1}, {2, 0, -1}, {1, 3, -1}};
static constexpr BlockSum kRight[7] = {{0, 3, 1}, {0, 0, 0}, {1, 3, -1}, {2, 0, -1}, {3, 3, 0}, {0, 1, 1}, {2, 3, 1}};
// By what a product is multiplied in each block of the result.
static constexpr int kResult[7][4] = {{1, 0, 0, 1}, {0, 0, 1, -1}, {0, 1, 0, 1}, {1, 0, 1, 0}, {-1, 1, 0, 0}, {0, 0, 0, 1}, {1, 0, 0, 0}};

static constexpr bool is_first_of_result(int product, int block) {
    for (int i = 0; i < product; ++i) {
        if (kResult[i][block] != 0) return false;
    }
    return true;
}

static inline __m256i sum_of(const BlockSum& of, __m256i first, __m256i second) {
    return of.sign == 0 ? first : of.sign > 0 ? _mm256_add_epi16(first, second) : _mm256_sub_epi16(first, second);
}

// A quarter of n values, filled up to whole groups.
static inline size_t quarter_of(size_t n) { return (n + 127) / 128 * 32; }

// Four rows of n <= 256 values. Beyond them the rows are zero.
static void fours_block(const PairBlock (&rows)[4], size_t n, FoursBlock& block) {
    const size_t quarter = quarter_of(n);
    for (int i = 0; i < 4; ++i) block.scale[i] = rows[i].scale;
    memset(block.start, 0, sizeof block.start);
    for (int outer = 0; outer < 7; ++outer) {
        __m256i products[7] = {};
        for (size_t i = 0; i < quarter; i += 32) {
            for (size_t half = 0; half < 2; ++half) {
                const size_t at = i + 16 * half;
                const auto raw = [&](int of_outer, int of_inner) {
                    const int row = 2 * (of_outer % 2) + of_inner % 2, part = 2 * (of_outer / 2) + of_inner / 2;
                    return load_i(rows[row].codes + static_cast<size_t>(part) * quarter + at);
                };
                __m256i blocks[4];
                for (int j = 0; j < 4; ++j) blocks[j] = sum_of(kRight[outer], raw(kRight[outer].first, j), raw(kRight[outer].second, j));
                for (int inner = 0; inner < 7; ++inner) {
                    const BlockSum& of = kRight[inner];
                    int16_t* codes = block.codes[outer][inner];
                    const __m256i sum = sum_of(of, blocks[of.first], blocks[of.second]);
                    store32(reinterpret_cast<uint8_t*>(codes + at), {sum});
                    if (half == 1) products[inner] = _mm256_add_epi32(products[inner], _mm256_madd_epi16(load_i(codes + i), sum));
                }
            }
        }
        uint32_t inner_start[4] = {};
        for (int inner = 0; inner < 7; ++inner) {
            const auto of_pairs = static_cast<uint32_t>(sum(products[inner]));
            for (int i = 0; i < 4; ++i) inner_start[i] -= static_cast<uint32_t>(kResult[inner][i]) * of_pairs;
        }
        for (int i = 0; i < 4; ++i) {
            for (int j = 0; j < 4; ++j) block.start[i][j] += static_cast<uint32_t>(kResult[outer][i]) * inner_start[j];
        }
    }
}

static void prepare_fours(ConstRows x, size_t rows, size_t n, FoursBlock* block) {
    PairBlock four[4];
    for (size_t r = 0; r < rows; r += 4) {
        for (size_t k = 0; k < n; k += 256, ++block) {
            const size_t count = n - k < 256 ? n - k : 256;
            if (count < 256 || rows - r < 4) memset(four, 0, sizeof four);
            for (size_t i = 0; i < 4 && r + i < rows; ++i) pair_block(x.row(r + i) + k, count, four[i]);
            fours_block(four, count, *block);
        }
    }
}

// A block of weights, as in a PairPanel. Those side by side in memory are not a power of two apart.
struct FoursWeights {
    alignas(64) uint8_t codes[kFoursValues / 2][kFoursRows][4];
    uint8_t unused[192];
};

using FoursSums = int32_t[4][4][kFoursRows];  // [outer block][inner block]

struct FoursScratch {
    FoursWeights weights[4][4];  // [64 values][32 rows]
    float scale[kFoursPanel];
    alignas(64) FoursSums start, sums[kFoursAtOnce];  // sums begin with those of the weights and of the activations
};

// rows: the first of 32 * groups values in each of kFoursPanel rows.
template <typename Codec>
static void unpack_fours(const uint8_t* const (&rows)[kFoursPanel], int groups, FoursScratch& s) {
    const auto bytes = static_cast<size_t>(32 * groups / Codec::kBlock * Codec::kBytes);
    const int part_groups = static_cast<int>(quarter_of(static_cast<size_t>(32 * groups))) / 32;
    for (int row = 0; row < 8; ++row) prefetch(rows[row], bytes);
    for (int row = 0; row < kFoursPanel; row += 8) {
        PairFactors<Codec> factors;
        set_factors<Codec>(rows + row, row + 8 == kFoursPanel, groups, factors, s.scale + row);
        for (int g = 0; g < 4 * part_groups; ++g) {
            auto* steps = s.weights[g / part_groups][row / kFoursRows].codes + 2 * kPairSteps * (g % part_groups);
            uint8_t* codes = steps[0][row % kFoursRows];
            if (g < groups) {
                unpack_pair_group<Codec, sizeof *steps>(rows + row, factors, g, codes);
            } else {
                for (int i = 0; i < 2 * kPairSteps; ++i) memset(steps[i][row % kFoursRows], 0, 8 * 4);
            }
        }
    }
}

// By `sign` to what is at `to`, or instead of it.
template <int kSign, bool kInstead>
static inline void add_to(int32_t* to, vint value) {
    if constexpr (kSign != 0) {
        auto* at = reinterpret_cast<__m256i*>(to);
        const vint old = kInstead ? zero_i() : _mm256_load_si256(at);
        _mm256_store_si256(at, kSign > 0 ? _mm256_add_epi32(old, value) : _mm256_sub_epi32(old, value));
    }
}

// The seven inner products of an outer product to the sums, or instead of them if it is the first one.
template <int kOuter>
static inline void add_products(const vint (&p)[7][kFoursVecs], FoursSums& sums) {
#pragma GCC unroll 4
    for (int v = 0; v < kFoursVecs; ++v) {
#pragma GCC unroll 4
        for (int i = 0; i < 4; ++i) {
            vint block = zero_i();
#pragma GCC unroll 7
            for (int inner = 0; inner < 7; ++inner) {
                if (kResult[inner][i] > 0) block = _mm256_add_epi32(block, p[inner][v]);
                if (kResult[inner][i] < 0) block = _mm256_sub_epi32(block, p[inner][v]);
            }
            add_to<kResult[kOuter][0], is_first_of_result(kOuter, 0)>(sums[0][i] + v * kLanes, block);
            add_to<kResult[kOuter][1], is_first_of_result(kOuter, 1)>(sums[1][i] + v * kLanes, block);
            add_to<kResult[kOuter][2], is_first_of_result(kOuter, 2)>(sums[2][i] + v * kLanes, block);
            add_to<kResult[kOuter][3], is_first_of_result(kOuter, 3)>(sums[3][i] + v * kLanes, block);
        }
    }
}

// The sums of weights for an outer product, and what results begin with.
template <int kOuter>
static void add_weights(int part_groups, FoursScratch& s, FoursWeights (&sums)[7]) {
    vint products[7][kFoursVecs] = {};  // of pairs, negated
    for (int i = 0; i < kPairSteps * part_groups; ++i) {
        const int first = i / kPairSteps * 2 * kPairSteps + i % kPairSteps;
        for (int vec = 0; vec < kFoursVecs; ++vec) {
            const int at = vec * kLanes;
            vint blocks[2][4];
#pragma GCC unroll 2
            for (int half = 0; half < 2; ++half) {
#pragma GCC unroll 4
                for (int j = 0; j < 4; ++j) {
                    const auto raw = [&](int of_outer) {
                        const int rows = 2 * (of_outer / 2) + j / 2, part = 2 * (of_outer % 2) + j % 2;
                        return load_i(s.weights[part][rows].codes[first + half * kPairSteps][at]);
                    };
                    blocks[half][j] = sum_of(kLeft[kOuter], raw(kLeft[kOuter].first), raw(kLeft[kOuter].second));
                }
            }
#pragma GCC unroll 7
            for (int inner = 0; inner < 7; ++inner) {
                const auto sum = [&](int half) { return sum_of(kLeft[inner], blocks[half][kLeft[inner].first], blocks[half][kLeft[inner].second]); };
                const vint w = sum(0), v = sum(1);
                store32(sums[inner].codes[first][at], {w});
                store32(sums[inner].codes[first + kPairSteps][at], {v});
                products[inner][vec] = _mm256_sub_epi32(products[inner][vec], _mm256_madd_epi16(w, v));
            }
        }
    }
    add_products<kOuter>(products, s.start);
}

// The products of these sums with those of kFours times four activation rows, which are x_stride apart; as many after them are asked for, a part
// with each inner product: all at once are more than a core can wait for.
template <int kOuter, int kFours>
static inline void multiply_fours(const FoursWeights (&weights)[7], int part_groups, const FoursBlock* x, size_t x_stride, FoursSums* sums) {
    constexpr size_t kStep = sizeof weights[0].codes[0];
    vint products[kFours][7][kFoursVecs];
    for (int inner = 0; inner < 7; ++inner) {
        const auto* w = weights[inner].codes;
        const int16_t* values[kFours];
#pragma GCC unroll 4
        for (int i = 0; i < kFours; ++i) values[i] = x[static_cast<size_t>(i) * x_stride].codes[kOuter][inner];
#pragma GCC unroll 4
        for (size_t i = kFours; i < 2 * kFours; ++i) prefetch(x[i * x_stride].codes[kOuter][inner], sizeof x->codes[kOuter][inner]);
        vint sum[kFours][kFoursVecs];
        pair_group<kFoursVecs, kFours, kStep, true>(w[0][0], values, sum);
        for (int g = 1; g < part_groups; ++g) {
#pragma GCC unroll 4
            for (int i = 0; i < kFours; ++i) values[i] += 32;
            pair_group<kFoursVecs, kFours, kStep>(w[2 * kPairSteps * g][0], values, sum);
        }
#pragma GCC unroll 4
        for (int i = 0; i < kFours; ++i) {
#pragma GCC unroll 4
            for (int v = 0; v < kFoursVecs; ++v) products[i][inner][v] = sum[i][v];
        }
    }
    for (int i = 0; i < kFours; ++i) add_products<kOuter>(products[i], sums[i]);
}

// 256 or fewer values of the panel's weights.
struct FoursStep {
    size_t k, count;
    int valid;  // rows of the panel
};

// Fours from the i-th on, kFours at a time, then fewer.
template <int kOuter, int kFours>
static void multiply_all_fours(const FoursWeights (&weights)[7], int part_groups, const FoursBlock* x, size_t x_stride, size_t i, size_t fours,
                               FoursSums* sums, NextPanel* next) {
    for (; i + kFours <= fours; i += kFours) {
        if (next) next->ask<kFoursPanel>(kOuter * fours + i, 7 * fours);
        multiply_fours<kOuter, kFours>(weights, part_groups, x + i * x_stride, x_stride, sums + i);
    }
    if constexpr (kFours > 1) multiply_all_fours<kOuter, kFours / 2>(weights, part_groups, x, x_stride, i, fours, sums, next);
}

template <int kOuter>
static void outer_product(const LinearMat& job, const FoursStep& step, size_t first, size_t fours, FoursScratch& s, NextPanel& next) {
    const size_t blocks = act_blocks(job.n);
    const auto part_groups = static_cast<int>(quarter_of(step.count) / 32);
    FoursWeights weights[7];
    add_weights<kOuter>(part_groups, s, weights);
    const auto* x = static_cast<const FoursBlock*>(job.act) + first * blocks + step.k / 256;
    multiply_all_fours<kOuter, kFoursCols>(weights, part_groups, x, blocks, 0, fours, s.sums, first == 0 ? &next : nullptr);
}

// An activation row's results: row `row` of four.
static inline void finish_row(const FoursScratch& s, const FoursSums& sums, const FoursBlock& x, int row, int valid, const Results& results) {
    static constexpr float kNothing[kFoursPanel] = {};
    const float* from = results.from ? results.from.data : kNothing;
    float* to = results.to.data;
    alignas(32) float partial[kFoursPanel];
    if (valid < kFoursPanel) {
        memset(partial, 0, sizeof partial);
        from = static_cast<const float*>(memcpy(partial, from, static_cast<size_t>(valid) * sizeof *from));
        to = partial;
    }
    const vfloat unit = broadcast_f(x.scale + row);
#pragma GCC unroll 4
    for (int rows = 0; rows < 4; ++rows) {
        const int outer = rows / 2 * 2 + row / 2, inner = rows % 2 * 2 + row % 2;
        const vint start = broadcast_i(&x.start[outer][inner]);
#pragma GCC unroll 4
        for (int v = 0; v < kFoursVecs; ++v) {
            const int at = kFoursRows * rows + v * kLanes;
            const vint sum = _mm256_add_epi32(load_i(sums[outer][inner] + v * kLanes), _mm256_add_epi32(start, load_i(s.start[outer][inner] + v * kLanes)));
            store_f(to + at, fma(to_float(sum), mul(load_f(s.scale + at), unit), load_f(from + at)));
        }
    }
    if (to == partial) memcpy(results.to.data, partial, static_cast<size_t>(valid) * sizeof *to);
}

static void fours_step(const LinearMat& job, const FoursStep& step, const Results& results, FoursScratch& s, NextPanel& next) {
    const size_t blocks = act_blocks(job.n), all = (job.rows + 3) / 4;
    for (size_t first = 0; first < all; first += kFoursAtOnce) {
        const size_t fours = all - first < kFoursAtOnce ? all - first : kFoursAtOnce;
        outer_product<0>(job, step, first, fours, s, next);
        outer_product<1>(job, step, first, fours, s, next);
        outer_product<2>(job, step, first, fours, s, next);
        outer_product<3>(job, step, first, fours, s, next);
        outer_product<4>(job, step, first, fours, s, next);
        outer_product<5>(job, step, first, fours, s, next);
        outer_product<6>(job, step, first, fours, s, next);
        const auto* x = static_cast<const FoursBlock*>(job.act) + first * blocks + step.k / 256;
        for (size_t i = 0; i < fours; ++i, x += blocks) {
            const size_t left = job.rows - 4 * (first + i);
#pragma GCC unroll 4
            for (size_t row = 0; row < 4; ++row) {
                if (row < left) finish_row(s, s.sums[i], *x, static_cast<int>(row), step.valid, results.at(4 * (first + i) + row, 0));
            }
        }
    }
}

template <typename Codec>
struct FoursMat {
    using Weights = FoursScratch;
    static constexpr int kRows = kFoursPanel;
    static void unpack(const uint8_t* const (&rows)[kRows], size_t count, FoursScratch& s) { unpack_fours<Codec>(rows, static_cast<int>(count / 32), s); }
    static void multiply_all(const LinearMat& job, FoursScratch& s, size_t k, size_t count, const Results& results, int valid, NextPanel& next) {
        fours_step(job, {k, count, valid}, results, s, next);
    }
};
