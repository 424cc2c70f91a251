// Many activation rows in the Q8 form, products of which are summed in 32 bits.
#pragma once

// 256 values of kPanelRows rows.
struct Panel {
    alignas(64) uint8_t codes[256 / 4][kPanelRows][4];
    float scale[16][kPanelRows];
    float min[16][kPanelRows];  // value = scale * (code - bias) - min
};

#if defined(__AVX512VBMI__)
// Of every four words the first bytes, then the second ones, and so on.
static inline __m512i bytes_of_words(__m512i words) {
    return _mm512_shuffle_epi8(words, _mm512_broadcast_i32x4(_mm_setr_epi32(0x0c080400, 0x0d090501, 0x0e0a0602, 0x0f0b0703)));
}

// unpack_panel, if has_grid_rows(): 256 values, 16 rows at a time.
template <typename Codec>
static void grid_to_panel(const uint8_t* const (&rows)[kPanelRows], Panel& panel) {
    using Grid = GridRows<Codec>;
    for (int row = 0; row < kPanelRows; row += 16) {
        if (row + 16 < kPanelRows) {
            for (int i = 0; i < 16; ++i) prefetch(rows[row + 16 + i], Codec::kBytes);
        }
        const Grid grid(rows + row);
        for (int g = 0; g < 8; ++g) {
            store_f(panel.scale[g] + row, grid.scale(g));
            const __m512i signs = grid.signs(g);
#pragma GCC unroll 2
            for (int part = 0; part < Grid::kParts; ++part) {
                const GridIndex index(bytes_of_words(grid.index[Grid::kParts * g + part]));
#pragma GCC unroll 2
                for (int v = 0; v < Grid::kValues; v += 4) {
                    const __m512i a = Grid::values(index, v), b = Grid::values(index, v + 1), c = Grid::values(index, v + 2), d = Grid::values(index, v + 3);
                    const __m512i ab_low = _mm512_unpacklo_epi8(a, b), ab_high = _mm512_unpackhi_epi8(a, b);
                    const __m512i cd_low = _mm512_unpacklo_epi8(c, d), cd_high = _mm512_unpackhi_epi8(c, d);
                    const auto store = [&](int entry, __m512i codes) {
                        const int at = 16 * part + entry * Grid::kValues + v;
                        _mm512_store_si512(panel.codes[8 * g + at / 4][row], negate_if<1>(codes, signs, at));
                    };
                    store(0, _mm512_unpacklo_epi16(ab_low, cd_low));
                    store(1, _mm512_unpackhi_epi16(ab_low, cd_low));
                    store(2, _mm512_unpacklo_epi16(ab_high, cd_high));
                    store(3, _mm512_unpackhi_epi16(ab_high, cd_high));
                }
            }
        }
    }
}
#endif

// rows: the first of 32 * groups values in each of kPanelRows rows.
template <typename Codec>
static void unpack_panel(const uint8_t* const (&rows)[kPanelRows], int groups, Panel& panel) {
#if defined(__AVX512VBMI__)
    if constexpr (has_grid_rows<Codec>()) return grid_to_panel<Codec>(rows, panel);
#endif
    using P = Packed<Codec>;
    constexpr int kPerBlock = Codec::kBlock / Codec::kGroup, kBlockGroups = Codec::kBlock / 32;
    // So many rows are too many for the processor's own prefetchers.
    constexpr int kRowsAhead = 8;
    const auto bytes = static_cast<size_t>(groups / kBlockGroups * Codec::kBytes);
    for (int row = 0; row < kRowsAhead; ++row) prefetch(rows[row], bytes);
    for (int b = 0; b < groups / kBlockGroups; ++b) {
        for (int row = 0; row < kPanelRows; ++row) {
            if (b == 0 && row + kRowsAhead < kPanelRows) prefetch(rows[row + kRowsAhead], bytes);
            float scale[kPerBlock], min[kPerBlock];
            Codec::scales(rows[row] + b * Codec::kBytes, scale, min);
            for (int i = 0; i < kPerBlock; ++i) {
                panel.scale[b * kPerBlock + i][row] = scale[i];
                if constexpr (Codec::kMin) panel.min[b * kPerBlock + i][row] = min[i];
            }
        }
        for (int row = 0; row < kPanelRows; row += 4) {
#pragma GCC unroll 8
            for (int g = 0; g < kBlockGroups; ++g) {
                __m256i codes[4];
#pragma GCC unroll 4
                for (int i = 0; i < 4; ++i) {
                    u8x32 code = signed_codes<Codec>(rows[row + i] + b * Codec::kBytes, g);
                    if constexpr (Codec::kKind != Codes::Unsigned) code = code + fill(P::kBias);
                    codes[i] = code.v;
                }
                const int step = 8 * (b * kBlockGroups + g);
                store_quads(panel.codes[step][row], panel.codes[step + 4][row], sizeof panel.codes[0], codes);
            }
        }
    }
}

// 256 values of an activation row. bias: what the codes' bias adds to the sums of a group's products, negated.
template <typename Codec>
struct QuantColumn {
    const Q8Block* x;
    alignas(64) int32_t bias[256 / Codec::kGroup];

    void set(const Q8Block* block) {
        x = block;
        const int32_t* sums = Codec::kGroup == 16 ? block->sum16 : block->sum32;
        for (int i = 0; i < 256 / Codec::kGroup && Packed<Codec>::kBias != 0; ++i) bias[i] = -Packed<Codec>::kBias * sums[i];
    }
};

// to[c][0 .. kTileRows) = the tile of the panel times the activations x[c], added to from[c], unless that is nullptr.
template <typename Codec, int kCols>
static void mat_tile(const Panel& panel, int tile, int groups, const QuantColumn<Codec> (&x)[kCols], const float* const (&from)[kCols],
                     float* const (&to)[kCols]) {
    using P = Packed<Codec>;
    constexpr int kParts = 32 / Codec::kGroup, kSteps = 8 / kParts;
    const int row = tile * kTileRows;
    vfloat total[kTileVecs][kCols];
    for (int c = 0; c < kCols; ++c) {
        for (int v = 0; v < kTileVecs; ++v) total[v][c] = from[c] ? load_f(from[c] + v * kLanes) : zero_f();
    }
    for (int g = 0; g < groups; ++g) {
        vfloat sum[kTileVecs][kCols];  // of both groups, if they are halves, without the activations' scale
#pragma GCC unroll 2
        for (int part = 0; part < kParts; ++part) {
            const int step = 8 * g + kSteps * part, s = kParts * g + part;
            const int8_t* codes[kCols];
            const int32_t* bias[kCols];
            for (int c = 0; c < kCols; ++c) {
                codes[c] = x[c].x->codes + 4 * step;
                bias[c] = x[c].bias + s;
            }
            vint dots[kTileVecs][kCols];
            dot_steps<P, kTileVecs, kCols, kSteps>(panel.codes[step][row], sizeof panel.codes[0], codes, bias, dots);
#pragma GCC unroll 8
            for (int c = 0; c < kCols; ++c) {
                const Q8Block& block = *x[c].x;
                const vfloat xs = broadcast_f(block.scale + g);
                vfloat xsum;
                if constexpr (Codec::kMin) xsum = kParts == 2 ? to_float(broadcast_i(block.sum16 + s)) : broadcast_f(block.sum + s);
#pragma GCC unroll 4
                for (int v = 0; v < kTileVecs; ++v) {
                    const vfloat scale = load_f(panel.scale[s] + row + v * kLanes), dot = to_float(dots[v][c]);
                    if constexpr (kParts == 2) {
                        sum[v][c] = part == 0 ? mul(dot, scale) : fma(dot, scale, sum[v][c]);
                        if constexpr (Codec::kMin) sum[v][c] = fnma(load_f(panel.min[s] + row + v * kLanes), xsum, sum[v][c]);
                        if (part == 1) total[v][c] = fma(sum[v][c], xs, total[v][c]);
                    } else {
                        total[v][c] = fma(dot, mul(scale, xs), total[v][c]);
                        if constexpr (Codec::kMin) total[v][c] = fnma(load_f(panel.min[s] + row + v * kLanes), xsum, total[v][c]);
                    }
                }
            }
        }
    }
    for (int c = 0; c < kCols; ++c) {
        for (int v = 0; v < kTileVecs; ++v) store_f(to[c] + v * kLanes, total[v][c]);
    }
}

template <typename Codec>
struct ByteMat {
    using Weights = Panel;
    using Activation = Q8Block;
    using Column = QuantColumn<Codec>;
    static constexpr int kRows = kPanelRows, kTile = kTileRows, kCols = kQuantCols;
    static constexpr size_t kValues = 256;  // of an Activation

    static size_t act_row(size_t n) { return q8_blocks(n); }
    static void set(Column& column, const Q8Block* x) { column.set(x); }
    static void unpack(const uint8_t* const (&rows)[kRows], size_t count, Panel& panel) {
        unpack_panel<Codec>(rows, static_cast<int>(count / 32), panel);
    }
    template <int kN>
    static void multiply(const Panel& panel, int tile, size_t count, const Column (&x)[kN], const float* const (&from)[kN], float* const (&to)[kN]) {
        mat_tile<Codec, kN>(panel, tile, static_cast<int>(count / 32), x, from, to);
    }
};

static constexpr size_t kByteScratch = sizeof(Panel) > sizeof(FloatPanel) ? sizeof(Panel) : sizeof(FloatPanel);

static void linear_mat(const LinearMat& job, size_t r0, size_t r1, void* scratch) noexcept {
    with_codec(job.type, [&]<typename Codec>() {
        if constexpr (Codec::kFloat) {
            mat_panels<FloatMat<Codec>, Codec>(job, r0, r1, scratch);
        } else {
            mat_panels<ByteMat<Codec>, Codec>(job, r0, r1, scratch);
        }
    });
}
