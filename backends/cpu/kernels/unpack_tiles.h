// Weights as tiles of bfloat16, the second factor of a product, each rounded once.
#pragma once

static constexpr size_t kTileDepth = 2048;  // values of a weight row that are unpacked at a time

// Two values of each of 16 rows lie together, as the second factor of a tile product wants them.
struct WeightTile {
    alignas(64) uint16_t values[kTileK / 2][kTileSide][2];
};

// Tiles of a panel's rows.
struct WeightTiles {
    Panel panel;  // of formats that are unpacked into one first
    WeightTile half[2][kTileDepth / kTileK];
};

// Any NaN as one that stays so when it is rounded: rounded_pairs() would carry over the largest ones.
static inline vfloat round_nan(vfloat x) {
    return _mm512_mask_mov_ps(x, _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q), _mm512_set1_ps(__builtin_nanf("")));
}

// Codes are put into the mantissas of floats between 256 and 512: exact, and quicker than a conversion.
static inline vfloat code_offset(vfloat scale, vfloat offset) { return fma(scale, _mm512_set1_ps(256), offset); }

// scale * code - offset, with code_offset, of a code in the bits from 15 on.
template <int kBits>
static inline vfloat code_value(__m512i code, vfloat scale, vfloat offset) {
    const __m512i mask = _mm512_set1_epi32(((1 << kBits) - 1) << 15), base = _mm512_set1_epi32(0x43800000);
    return _mm512_fmsub_ps(_mm512_castsi512_ps(_mm512_ternarylogic_epi32(code, mask, base, 0xea)), scale, offset);  // code & mask | base
}

// Four codes of each of 16 rows to two rows of a tile. Codes are kBits of each byte, from bit kFirst on.
template <int kFirst, int kBits>
static inline __attribute__((always_inline)) void store_values(__m512i codes, vfloat scale, vfloat offset, uint16_t (*pairs)[kTileSide][2]) {
    const auto value = [=](__m512i code) { return code_value<kBits>(code, scale, offset); };
    _mm512_store_si512(pairs[0], rounded_pairs(value(_mm512_slli_epi32(codes, 15 - kFirst)), value(_mm512_slli_epi32(codes, 7 - kFirst))));
    _mm512_store_si512(pairs[1], rounded_pairs(value(_mm512_srli_epi32(codes, 1 + kFirst)), value(_mm512_srli_epi32(codes, 9 + kFirst))));
}

// 32 * groups values of the panel to tiles, from tile column k on.
template <typename Codec>
static void panel_to_tiles(const Panel& panel, int groups, WeightTiles& tiles, size_t k) {
    constexpr int kBias = Packed<Codec>::kBias, kParts = 32 / Codec::kGroup, kSteps = 8 / kParts;
    for (int half = 0; half < 2; ++half) {
        const int row = half * kTileSide;
        for (int part = 0; part < groups * kParts; ++part) {
            const vfloat scale = round_nan(load_f(panel.scale[part] + row));
            vfloat offset = zero_f();
            if constexpr (kBias != 0) offset = mul(scale, _mm512_set1_ps(static_cast<float>(kBias)));
            if constexpr (Codec::kMin) offset = add(offset, round_nan(load_f(panel.min[part] + row)));
            offset = code_offset(scale, offset);
            auto& tile = tiles.half[half][k + static_cast<size_t>(part / kParts)];
            for (int i = 0; i < kSteps; ++i) {
                store_values<0, 8>(load_i(panel.codes[part * kSteps + i][row]), scale, offset, tile.values + 2 * (part % kParts * kSteps + i));
            }
        }
    }
}

// One number for each of eight groups of 16 rows: columns[g] has those of group g.
static inline void transpose_scales(const float (&rows)[kTileSide][8], vfloat (&columns)[8]) {
    __m512i halves[8], transposed[8];
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) halves[i] = join(_mm256_castps_si256(_mm256_load_ps(rows[i])), _mm256_castps_si256(_mm256_load_ps(rows[i + 8])));
    transpose_halves(halves, transposed);
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) columns[i] = round_nan(_mm512_castsi512_ps(transposed[i]));
}

// Whether rows_to_tiles can take so many groups of a codec: codes are bytes of the file, or nibbles, or those choose them, or it has_grid_rows().
template <typename Codec>
static constexpr bool easy_rows(int groups) {
    return has_grid_rows<Codec>() || requires { Codec::kPlain; } || (requires { Codec::nibbles(nullptr, 0); } && groups == 8);
}

// As panel_to_tiles, of 16 rows and without a panel. next: 16 rows that are wanted afterwards.
template <typename Codec>
static inline void rows_to_tiles(const uint8_t* const* rows, const uint8_t* const* next, int groups, WeightTile* tiles) {
    constexpr int kBias = Packed<Codec>::kBias, kBlockGroups = Codec::kBlock / 32;
    static_assert(Codec::kGroup == 32 && (Codec::kMin || kBias != 0));
    alignas(32) float row_scales[kTileSide][8], row_mins[kTileSide][8];
    for (int i = 0; i < kTileSide; ++i) {
        prefetch(next[i], static_cast<size_t>(groups / kBlockGroups * Codec::kBytes));
        block_scales<Codec>(rows[i], groups, row_scales[i], row_mins[i]);
    }
    vfloat scale[8], offset[8];
    transpose_scales(row_scales, scale);
    if constexpr (Codec::kMin) transpose_scales(row_mins, offset);
    if constexpr (kBias != 0) {
        for (int g = 0; g < 8; ++g) offset[g] = Codec::kMin ? fma(scale[g], _mm512_set1_ps(kBias), offset[g]) : mul(scale[g], _mm512_set1_ps(kBias));
    }
    for (int g = 0; g < 8; ++g) offset[g] = code_offset(scale[g], offset[g]);
    const auto transposed = [&](const auto& load, __m512i (&columns)[8]) {
        __m512i halves[8];
#pragma GCC unroll 8
        for (int i = 0; i < 8; ++i) halves[i] = load(i);
        transpose_halves(halves, columns);
    };
    __m512i codes[8];
    if constexpr (requires { Codec::kPlain; }) {
        for (int g = 0; g < groups; ++g) {
            const size_t at = static_cast<size_t>(g / kBlockGroups * Codec::kBytes);
            transposed([&](int i) {
                const __m512i both = join(Codec::codes(rows[i] + at, g % kBlockGroups).v, Codec::codes(rows[i + 8] + at, g % kBlockGroups).v);
                return _mm512_add_epi8(both, _mm512_set1_epi8(static_cast<char>(kBias)));
            }, codes);
#pragma GCC unroll 8
            for (int i = 0; i < 8; ++i) store_values<0, 8>(codes[i], scale[g], offset[g], tiles[g].values + 2 * i);
        }
    } else {
        for (int g = 0; g < 8; g += 2) {
            transposed([&](int i) { return join(Codec::nibbles(rows[i], g).v, Codec::nibbles(rows[i + 8], g).v); }, codes);
#pragma GCC unroll 8
            for (int i = 0; i < 8; ++i) {
                constexpr bool kHalves = Codec::kGroupNibbles;  // the upper nibbles are a group's second half
                const int low = kHalves ? g + i / 4 : g, high = kHalves ? low : g + 1;
                auto *const low_at = tiles[low].values + 2 * (kHalves ? i % 4 : i), *const high_at = tiles[high].values + 2 * (kHalves ? 4 + i % 4 : i);
                if constexpr (requires { Codec::kLevels; }) {
                    const auto level = [](__m512i nibbles) {
                        const __m512i levels = _mm512_broadcast_i32x4(load_half(Codec::kLevels));
                        constexpr int kAdded = kBias - (Codec::kKind == Codes::Unsigned ? Codec::kZero : 0);
                        return _mm512_shuffle_epi8(_mm512_add_epi8(levels, _mm512_set1_epi8(static_cast<char>(kAdded))), _mm512_and_si512(nibbles, _mm512_set1_epi8(15)));
                    };
                    store_values<0, 8>(level(codes[i]), scale[low], offset[low], low_at);
                    store_values<0, 8>(level(_mm512_srli_epi32(codes[i], 4)), scale[high], offset[high], high_at);
                } else {
                    store_values<0, 4>(codes[i], scale[low], offset[low], low_at);
                    store_values<4, 4>(codes[i], scale[high], offset[high], high_at);
                }
            }
        }
    }
}

template <typename Codec>
    requires(has_grid_rows<Codec>())
static inline void rows_to_tiles(const uint8_t* const* rows, const uint8_t* const* next, int, WeightTile* tiles) {
    using Grid = GridRows<Codec>;
    const Grid grid(rows);
    for (int g = 0; g < 8; ++g) {
        for (int i = 2 * g; i < 2 * g + 2; ++i) prefetch(next[i], Codec::kBytes);
        const vfloat scale = round_nan(grid.scale(g)), offset = code_offset(scale, mul(scale, _mm512_set1_ps(128)));
        const __m512i signs = grid.signs(g);
#pragma GCC unroll 2
        for (int part = 0; part < Grid::kParts; ++part) {
            const GridIndex index(grid.index[Grid::kParts * g + part]);
#pragma GCC unroll 4
            for (int v = 0; v < Grid::kValues; v += 2) {
                const auto codes = [&](int i) { return negate_if<Grid::kValues>(Grid::values(index, i), signs, 16 * part + i); };
                const __m512i even = codes(v), odd = codes(v + 1);
                const auto store = [&](int entry, auto shifted) {
                    const vfloat low = code_value<8>(shifted(even), scale, offset), high = code_value<8>(shifted(odd), scale, offset);
                    _mm512_store_si512(tiles[g].values[8 * part + (entry * Grid::kValues + v) / 2], rounded_pairs(low, high));
                };
                store(0, [](__m512i x) { return _mm512_slli_epi32(x, 15); });
                store(1, [](__m512i x) { return _mm512_slli_epi32(x, 7); });
                store(2, [](__m512i x) { return _mm512_srli_epi32(x, 1); });
                store(3, [](__m512i x) { return _mm512_srli_epi32(x, 9); });
            }
        }
    }
}

// Values k .. k + count of a panel's rows from r on; those beyond the last row repeat it.
template <typename Codec>
static void unpack_tiles(const LinearMat& job, size_t r, size_t last, size_t k, size_t count, WeightTiles& tiles) {
    const size_t row_bytes = job.n / Codec::kBlock * Codec::kBytes;
    const auto row = [&](size_t i, size_t at) {
        const size_t index = r + i < last ? r + i : last - 1;
        return static_cast<const uint8_t*>(job.weights) + index * row_bytes + at / Codec::kBlock * Codec::kBytes;
    };
    if constexpr (Codec::kFloat) {
        for (size_t at = 0; at < count; at += kTileK) {
            const __mmask32 there = count - at < kTileK ? (__mmask32{1} << (count - at)) - 1 : ~__mmask32{0};
            for (int half = 0; half < 2; ++half) {
                __m512i values[kTileSide];
#pragma GCC unroll 16
                for (int i = 0; i < kTileSide; ++i) values[i] = _mm512_maskz_loadu_epi16(there, row(static_cast<size_t>(half * kTileSide + i), k + at));
                store_transposed(values, tiles.half[half][at / kTileK].values[0][0], kTileK);
            }
        }
    } else {
        for (size_t at = 0; at < count; at += 256) {
            const uint8_t* rows[kPanelRows];
            for (size_t i = 0; i < kPanelRows; ++i) rows[i] = row(i, k + at);
            const int groups = static_cast<int>((count - at < 256 ? count - at : 256) / 32);
            if constexpr (easy_rows<Codec>(8)) {
                if (easy_rows<Codec>(groups)) {
                    const uint8_t* next[kTileSide];  // the first rows, further on or of the next panel
                    for (size_t i = 0; i < kTileSide; ++i) next[i] = k + at + 256 < job.n ? row(i, k + at + 256) : row(kPanelRows + i, 0);
                    rows_to_tiles<Codec>(rows, rows + kTileSide, groups, tiles.half[0] + at / kTileK);
                    rows_to_tiles<Codec>(rows + kTileSide, next, groups, tiles.half[1] + at / kTileK);
                    continue;
                }
            }
            unpack_panel<Codec>(rows, groups, tiles.panel);
            panel_to_tiles<Codec>(tiles.panel, groups, tiles, at / kTileK);
        }
    }
}
