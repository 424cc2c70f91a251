// Many activation rows where bytes multiply twice a cycle: 16 products (eight, if codes have seven bits and a half) are summed in 16 bits, and a scale of
// 16 bits multiplies such a sum and adds it to its neighbour. That they fit is up to the activations: their scale is the smallest with which no sum
// can be too large, whatever the weights are.
#pragma once

template <typename Codec>
struct Bounded {
    static constexpr bool kSigned = Codec::kKind != Codes::Unsigned;
    static constexpr int kZero = kSigned ? Codec::kMax : Codec::kZero;  // what codes are above zero
    static constexpr int kAbove = kSigned ? Codec::kMax : Codec::kMax - kZero;
    static constexpr int kIndex = index_of_bound(Codec::kGroup, kZero, kAbove);
    using Bound = BoundAt<(kIndex < 0 ? 0 : kIndex)>;
    static_assert(!Codec::kMin || kZero == 0);
};

// What a codec's weights are multiplied as.
template <typename Codec>
using BoundedOf = Bounded<typename NarrowOf<Codec>::T>;

template <typename Codec>
static constexpr bool in_bounded() {
    if constexpr (Codec::kFloat) {
        return false;
    } else {
        return BoundedOf<Codec>::kIndex >= 0;
    }
}

static constexpr int kBoundedVecs = 2, kBoundedRows = kBoundedVecs * kLanes;

// 256 values of kPanelRows rows. What is multiplied at a time lies together.
struct BoundedPanel {
    struct Group {
        uint8_t codes[8][kBoundedRows][4];
        int32_t factor[kBoundedRows];  // two of 16 bits: the scales of the first and of the other two of four codes
    };
    struct Tile {
        Group groups[8];
        int32_t min[8][kBoundedRows];  // two of 16 bits, for neighbours
        float unit[kBoundedRows], min_unit[kBoundedRows];
    };
    alignas(64) Tile tiles[kPanelRows / kBoundedRows];
};

// Scales and minima of eight rows, from row `at` of the tile on.
template <typename Codec>
static inline void unpack_scales(const uint8_t* const* rows, int groups, int at, BoundedPanel::Tile& tile) {
    using B = Bounded<Codec>;
    constexpr int kSums = 256 / Codec::kGroup;
    vfloat scale[kSums], min[kSums];
    __m256i whole[kSums];
    scale_columns<Codec>(rows, groups, scale, min);
    store_f(tile.unit + at, to_whole(scale, B::Bound::kLargestFactor, whole));
#pragma GCC unroll 8
    for (int g = 0; g < 8; ++g) store_both(tile.groups[g].factor + at, whole[kSums / 8 * g], whole[kSums / 8 * g + kSums / 8 - 1]);
    if constexpr (Codec::kMin) {
        store_f(tile.min_unit + at, to_whole(min, kLargestMin, whole));
#pragma GCC unroll 8
        for (int s = 0; s < kSums; s += 2) store_both(tile.min[s / 2] + at, whole[s], whole[s + 1]);
    }
}

// rows: the first of 32 * groups values in each of kPanelRows rows.
template <typename Codec>
static void unpack_bounded(const uint8_t* const (&rows)[kPanelRows], int groups, BoundedPanel& panel) {
    using B = Bounded<Codec>;
    constexpr int kBlockGroups = Codec::kBlock / 32;
    const auto bytes = static_cast<size_t>(groups / kBlockGroups * Codec::kBytes);
    for (int row = 0; row < 8; ++row) prefetch(rows[row], bytes);
    for (int row = 0; row < kPanelRows; row += 4) {
        auto& tile = panel.tiles[row / kBoundedRows];
        const int at = row % kBoundedRows;
        for (int i = row + 8; i < row + 12 && i < kPanelRows; ++i) prefetch(rows[i], bytes);
#pragma GCC unroll 8
        for (int g = 0; g < groups; ++g) {
            __m256i codes[4];
#pragma GCC unroll 4
            for (int i = 0; i < 4; ++i) {
                const u8x32 code = signed_codes<Codec>(rows[row + i] + g / kBlockGroups * Codec::kBytes, g % kBlockGroups);
                codes[i] = in_twos<Codec::kGroup>(B::kSigned ? code + fill(B::kZero) : code).v;
            }
            auto* to = tile.groups[g].codes;
            store_quads(to[0][at], to[4][at], sizeof to[0], codes);
        }
        if (row % 8 == 4) unpack_scales<Codec>(rows + row - 4, groups, at - 4, tile);
    }
}

// pairs[v][c] = start[c] plus the products of kSteps fours of weights and activations.
template <int kCols, int kSteps, bool kStart>
static inline __attribute__((always_inline)) void sum_products(const uint8_t (*codes)[kBoundedRows][4], const int8_t* const (&x)[kCols],
                                                               const vint (&start)[kCols], vint (&pairs)[kBoundedVecs][kCols]) {
#pragma GCC unroll 8
    for (int i = 0; i < kSteps; ++i) {
        vint a[kCols];
#pragma GCC unroll 3
        for (int c = 0; c < kCols; ++c) a[c] = broadcast_i(x[c] + 4 * i);
#pragma GCC unroll 3
        for (int v = 0; v < kBoundedVecs; ++v) {
            const vint w = load_once(codes[i][v * kLanes]);
#pragma GCC unroll 3
            for (int c = 0; c < kCols; ++c) {
                const vint products = _mm256_maddubs_epi16(w, a[c]);
                if (i == 0) {
                    pairs[v][c] = kStart ? _mm256_add_epi16(start[c], products) : products;
                } else {
                    pairs[v][c] = _mm256_add_epi16(pairs[v][c], products);
                }
            }
        }
    }
}

// What a tile's sums come to, with scales and minima.
template <typename Codec, int kCols>
static inline __attribute__((always_inline)) void finish_tile(const BoundedPanel::Tile& tile, const BoundedBlock* const (&act)[kCols],
                                                              const vfloat (&total)[kBoundedVecs][kCols], const Results& results) {
    vint offset[kBoundedVecs][kCols];
#pragma GCC unroll 8
    for (int i = 0; i < 128 / Codec::kGroup && Codec::kMin; ++i) {
#pragma GCC unroll 4
        for (int c = 0; c < kCols; ++c) {
            const vint two = broadcast_i(act[c]->sums + 2 * i);
#pragma GCC unroll 4
            for (int v = 0; v < kBoundedVecs; ++v) {
                const vint product = _mm256_madd_epi16(two, load_i(tile.min[i] + v * kLanes));
                offset[v][c] = i == 0 ? product : _mm256_add_epi32(offset[v][c], product);
            }
        }
    }
#pragma GCC unroll 4
    for (int c = 0; c < kCols; ++c) {
        const vfloat unit = broadcast_f(&act[c]->sum_unit);
#pragma GCC unroll 4
        for (int v = 0; v < kBoundedVecs; ++v) {
            const vfloat before = results.from ? load_f(results.from.row(static_cast<size_t>(c)) + v * kLanes) : zero_f();
            vfloat sum = fma(total[v][c], load_f(tile.unit + v * kLanes), before);
            if (Codec::kMin) sum = fnma(to_float(offset[v][c]), mul(load_f(tile.min_unit + v * kLanes), unit), sum);
            store_f(results.to.row(static_cast<size_t>(c)) + v * kLanes, sum);
        }
    }
}

// The panel's first kBoundedRows * tiles rows times the activations x[c * x_stride].
template <typename Codec, int kCols>
static void bounded_rows(const BoundedPanel& panel, int tiles, int groups, const BoundedBlock* x, size_t x_stride, const Results& results) {
    using B = Bounded<Codec>;
    constexpr int kVecs = kBoundedVecs, kSteps = B::Bound::kSteps, kRuns = B::Bound::kRuns;
    const BoundedBlock* act[kCols];
    alignas(32) int16_t starts[kCols][16 * kRuns];  // what kZero adds to each sum, negated
    for (int c = 0; c < kCols; ++c) {
        act[c] = x + static_cast<size_t>(c) * x_stride;
        for (int i = 0; i < 16 * kRuns && B::kZero != 0; i += 16) {
            const vint sums = load_i(act[c]->code_sums + i);
            _mm256_store_si256(reinterpret_cast<__m256i*>(starts[c] + i), _mm256_mullo_epi16(sums, _mm256_set1_epi16(-B::kZero)));
        }
    }
    const auto* tile = panel.tiles;
    constexpr size_t kAsked = asked_with_each_of<kPanelTiles>(sizeof *x);
    const auto* next = reinterpret_cast<const char*>(x + kCols * x_stride);
    for (int i = 0; i < tiles; ++i, ++tile, next += kAsked) {
#pragma GCC unroll 3
        for (size_t c = 0; c < kCols; ++c) prefetch(next + c * x_stride * sizeof *x, kAsked);
        vfloat total[kVecs][kCols];
        vint dots[kVecs][kCols];
        for (int c = 0; c < kCols; ++c) {
            for (int v = 0; v < kVecs; ++v) {
                total[v][c] = zero_f();
                dots[v][c] = zero_i();
            }
        }
        const auto scale_dots = [&](int g) {
#pragma GCC unroll 3
            for (int c = 0; c < kCols; ++c) {
                const vfloat scale = broadcast_f(act[c]->scale + g);
#pragma GCC unroll 3
                for (int v = 0; v < kVecs; ++v) total[v][c] = fma(to_float(dots[v][c]), scale, total[v][c]);
            }
        };
        for (int g = 0; g < groups; ++g) {
            const auto& group = tile->groups[g];
#pragma GCC unroll 2
            for (int run = 0; run < kRuns; ++run) {
                vint start[kCols], pairs[kVecs][kCols];
                const int8_t* codes[kCols];
#pragma GCC unroll 3
                for (int c = 0; c < kCols; ++c) {
                    codes[c] = act[c]->codes + 32 * g + 4 * kSteps * run;
                    if (B::kZero != 0) start[c] = broadcast_i(starts[c] + 2 * (kRuns * g + run));
                }
                sum_products<kCols, kSteps, B::kZero != 0>(group.codes + kSteps * run, codes, start, pairs);
#pragma GCC unroll 3
                for (int c = 0; c < kCols; ++c) {
#pragma GCC unroll 3
                    for (int v = 0; v < kVecs; ++v) {
                        const vint scaled = _mm256_madd_epi16(pairs[v][c], load_i(group.factor + v * kLanes));
                        dots[v][c] = run == 0 && !B::Bound::kOneScale ? scaled : _mm256_add_epi32(dots[v][c], scaled);
                    }
                }
            }
            if (!B::Bound::kOneScale) scale_dots(g);
        }
        if (B::Bound::kOneScale) scale_dots(0);
        finish_tile<Codec, kCols>(*tile, act, total, results.at(0, static_cast<size_t>(i) * kBoundedRows));
    }
}

template <typename Codec>
struct BoundedMat {
    using Used = NarrowOf<Codec>::T;
    using Weights = BoundedPanel;
    using Activation = BoundedBlock;
    static constexpr ActForm kForm = bounded(Bounded<Used>::kIndex);
    static constexpr bool kAsksAhead = true;
    static constexpr int kRows = kPanelRows, kBlockRows = 3;

    static void unpack(const uint8_t* const (&rows)[kRows], size_t count, BoundedPanel& panel) { unpack_bounded<Used>(rows, static_cast<int>(count / 32), panel); }
    template <int kN>
    static void multiply(const BoundedPanel& panel, int rows, size_t count, const BoundedBlock* x, size_t x_stride, const Results& results) {
        bounded_rows<Used, kN>(panel, (rows + kBoundedRows - 1) / kBoundedRows, static_cast<int>(count / 32), x, x_stride, results);
    }
};
