// Many activation rows with AMX. Weights of any format become bfloat16, at least as exact as activations of 8 bits, and the sums
// stay in the tile registers over the whole depth. Float weights that bfloat16 would round too much, and few rows, are left to
// linear_mat.h.
#pragma once

static constexpr size_t kTileDepth = 2048;             // values of a weight row that are unpacked at a time
static constexpr size_t kTilesFrom = 8;                // activation rows from which unpacking pays
static constexpr size_t kBlockRows = 2 * kTileSide;    // activation and weight rows of a product of 2 x 2 tiles
static constexpr size_t kGroupRows = 512;              // activation rows whose sums are kept
static_assert(kPanelRows == kBlockRows);

// Two values of each of 16 rows lie together, as the second factor of a tile product wants them.
struct WeightTile {
    alignas(64) uint16_t values[kTileK / 2][kTileSide][2];
};

// Sums of 32 activation rows and 32 weight rows. In `out` itself rows would be so far apart that tile stores wait.
struct TileSums {
    alignas(64) float tile[2][2][kTileSide][kTileSide];  // [activation half][weight half][activation row][weight row]
};

struct TileScratch {
    Panel panel;
    WeightTile weights[2][kTileDepth / kTileK];
    TileSums sums[kGroupRows / kBlockRows];
};

// Rounded to the nearest, ties to even; subnormal values become zero.
static void to_bf16(ConstRows x, uint16_t* y, size_t y_stride, size_t rows, size_t n) noexcept {
    for (size_t r = 0; r < rows; ++r, y += y_stride) {
        const float* row = x.row(r);
        size_t i = 0;
        for (; i + 32 <= n; i += 32) _mm512_storeu_si512(y + i, (__m512i)_mm512_cvtne2ps_pbh(load_f(row + i + 16), load_f(row + i)));
        for (; i < n; i += 16) {
            const __mmask16 there = n - i < 16 ? static_cast<__mmask16>((1u << (n - i)) - 1) : static_cast<__mmask16>(0xffff);
            _mm256_mask_storeu_epi16(y + i, there, (__m256i)_mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(there, row + i)));
        }
    }
}

static void weighted_to_bf16(ConstRows x, const float* weight, uint16_t* y, size_t y_stride, size_t rows, size_t n, float* squares) noexcept {
    for (size_t r = 0; r < rows; ++r, y += y_stride) {
        const float* row = x.row(r);
        vfloat total = zero_f();
        for (size_t i = 0; i < n; i += 32) {
            vfloat low = load_f(row + i), high = load_f(row + i + 16);
            total = fma(low, low, fma(high, high, total));
            if (weight) {
                low = mul(low, load_f(weight + i));
                high = mul(high, load_f(weight + i + 16));
            }
            _mm512_storeu_si512(y + i, (__m512i)_mm512_cvtne2ps_pbh(high, low));
        }
        squares[r] = sum(total);
    }
}

// Any NaN as one that stays so when it is rounded: rounded_pairs() would carry over the largest ones.
static inline vfloat round_nan(vfloat x) {
    return _mm512_mask_mov_ps(x, _mm512_cmp_ps_mask(x, x, _CMP_UNORD_Q), _mm512_set1_ps(__builtin_nanf("")));
}

// Codes are put into the mantissas of floats between 256 and 512: exact, and quicker than a conversion.
static inline vfloat code_offset(vfloat scale, vfloat offset) { return fma(scale, _mm512_set1_ps(256), offset); }

// Four codes of each of 16 rows to two rows of a tile: value = scale * code - offset, with code_offset. Codes are kBits of each byte, from bit kFirst on.
template <int kFirst, int kBits>
static inline __attribute__((always_inline)) void store_values(__m512i codes, vfloat scale, vfloat offset, uint16_t (*pairs)[kTileSide][2]) {
    const __m512i mask = _mm512_set1_epi32(((1 << kBits) - 1) << 15), base = _mm512_set1_epi32(0x43800000);
    const auto value = [&](__m512i code) {
        return _mm512_fmsub_ps(_mm512_castsi512_ps(_mm512_ternarylogic_epi32(code, mask, base, 0xea)), scale, offset);  // code & mask | base
    };
    const vfloat v0 = value(_mm512_slli_epi32(codes, 15 - kFirst)), v1 = value(_mm512_slli_epi32(codes, 7 - kFirst));
    const vfloat v2 = value(_mm512_srli_epi32(codes, 1 + kFirst)), v3 = value(_mm512_srli_epi32(codes, 9 + kFirst));
    _mm512_store_si512(pairs[0], rounded_pairs(v0, v1));
    _mm512_store_si512(pairs[1], rounded_pairs(v2, v3));
}

// 32 * groups values of the panel to tiles, from tile column k on.
template <typename Codec>
static void panel_to_tiles(const Panel& panel, int groups, TileScratch& s, size_t k) {
    constexpr int kBias = Packed<Codec>::kBias, kParts = 32 / Codec::kGroup, kSteps = 8 / kParts;
    for (int half = 0; half < 2; ++half) {
        const int row = half * kTileSide;
        for (int part = 0; part < groups * kParts; ++part) {
            const vfloat scale = round_nan(load_f(panel.scale[part] + row));
            vfloat offset = zero_f();
            if constexpr (kBias != 0) offset = mul(scale, _mm512_set1_ps(static_cast<float>(kBias)));
            if constexpr (Codec::kMin) offset = add(offset, round_nan(load_f(panel.min[part] + row)));
            offset = code_offset(scale, offset);
            auto& tile = s.weights[half][k + static_cast<size_t>(part / kParts)];
            for (int i = 0; i < kSteps; ++i) {
                store_values<0, 8>(load_i(panel.codes[part * kSteps + i][row]), scale, offset, tile.values + 2 * (part % kParts * kSteps + i));
            }
        }
    }
}

static inline __m512i join(u8x32 low, u8x32 high) { return _mm512_inserti64x4(_mm512_castsi256_si512(low.v), high.v, 1); }

// One number for each of eight groups of 16 rows: columns[g] has those of group g.
static inline void transpose_scales(const float (&rows)[kTileSide][8], vfloat (&columns)[8]) {
    __m512i halves[8], transposed[8];
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) halves[i] = join({_mm256_castps_si256(_mm256_load_ps(rows[i]))}, {_mm256_castps_si256(_mm256_load_ps(rows[i + 8]))});
    transpose_halves(halves, transposed);
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) columns[i] = round_nan(_mm512_castsi512_ps(transposed[i]));
}

// Whether rows_to_tiles can take so many groups of a codec: codes are bytes or nibbles of the file.
template <typename Codec>
static constexpr bool easy_rows(int groups) {
    return requires { Codec::kPlain; } || (requires { Codec::nibbles(nullptr, 0); } && groups == 8);
}

// As panel_to_tiles, of 16 rows and without a panel. next: 16 rows that are wanted afterwards, or nullptr.
template <typename Codec>
static inline void rows_to_tiles(const uint8_t* const* rows, const uint8_t* const* next, int groups, WeightTile* tiles) {
    constexpr int kBias = Packed<Codec>::kBias, kBlockGroups = Codec::kBlock / 32;
    static_assert(Codec::kGroup == 32 && (Codec::kMin || kBias != 0));
    alignas(32) float row_scales[kTileSide][8], row_mins[kTileSide][8];
    for (int i = 0; i < kTileSide; ++i) {
        if (next) prefetch(next[i], static_cast<size_t>(groups / kBlockGroups * Codec::kBytes));
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
                const __m512i both = join(Codec::codes(rows[i] + at, g % kBlockGroups), Codec::codes(rows[i + 8] + at, g % kBlockGroups));
                return _mm512_add_epi8(both, _mm512_set1_epi8(static_cast<char>(kBias)));
            }, codes);
#pragma GCC unroll 8
            for (int i = 0; i < 8; ++i) store_values<0, 8>(codes[i], scale[g], offset[g], tiles[g].values + 2 * i);
        }
    } else {
        for (int g = 0; g < 8; g += 2) {
            transposed([&](int i) { return join(Codec::nibbles(rows[i], g), Codec::nibbles(rows[i + 8], g)); }, codes);
#pragma GCC unroll 8
            for (int i = 0; i < 8; ++i) {
                // Where a block has but one group, the upper nibbles are its second half.
                const int low = kBlockGroups == 1 ? g + i / 4 : g, high = kBlockGroups == 1 ? low : g + 1;
                const int low_at = kBlockGroups == 1 ? i % 4 : i, high_at = kBlockGroups == 1 ? 4 + low_at : i;
                store_values<0, 4>(codes[i], scale[low], offset[low], tiles[low].values + 2 * low_at);
                store_values<4, 4>(codes[i], scale[high], offset[high], tiles[high].values + 2 * high_at);
            }
        }
    }
}

// Values k .. k + count of a panel's rows from r on; those beyond the last row repeat it.
template <typename Codec>
static void unpack_tiles(const LinearMat& job, size_t r, size_t last, size_t k, size_t count, TileScratch& s) {
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
                store_transposed(values, s.weights[half][at / kTileK].values[0][0], kTileK);
            }
        }
    } else {
        for (size_t at = 0; at < count; at += 256) {
            const uint8_t* rows[kPanelRows];
            for (size_t i = 0; i < kPanelRows; ++i) rows[i] = row(i, k + at);
            const int groups = static_cast<int>((count - at < 256 ? count - at : 256) / 32);
            if constexpr (easy_rows<Codec>(8)) {
                if (easy_rows<Codec>(groups)) {
                    rows_to_tiles<Codec>(rows, rows + kTileSide, groups, s.weights[0] + at / kTileK);
                    rows_to_tiles<Codec>(rows + kTileSide, nullptr, groups, s.weights[1] + at / kTileK);
                    continue;
                }
            }
            unpack_panel<Codec>(rows, groups, s.panel);
            panel_to_tiles<Codec>(s.panel, groups, s, at / kTileK);
        }
    }
}

// Memory that is asked for on the way, so many lines with each step.
struct Ahead {
    const char *at, *end;
    size_t lines;

    void step() {
        for (size_t i = 0; i < lines && at < end; ++i, at += 64) _mm_prefetch(at, _MM_HINT_T1);
    }
};

// sums (+)= kTileSide * kHalves activation rows times the weights.
template <int kHalves>
static inline void tile_product(const uint16_t* act, size_t act_stride, const WeightTile* w0, const WeightTile* w1, size_t n_tiles, bool more,
                                Ahead& ahead, TileSums& sums) {
    asm volatile("" ::: "memory");  // the compiler does not know that tile loads read memory
    const auto* second = reinterpret_cast<const char*>(act) + kTileSide * act_stride;
    if (more) {
        _tile_loadd(0, sums.tile[0][0], 64);
        _tile_loadd(1, sums.tile[0][1], 64);
        if constexpr (kHalves == 2) _tile_loadd(2, sums.tile[1][0], 64);
        if constexpr (kHalves == 2) _tile_loadd(3, sums.tile[1][1], 64);
    } else {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
    }
    for (size_t k = 0; k < n_tiles; ++k) {
        ahead.step();
        _tile_loadd(4, act + k * kTileK, act_stride);
        _tile_loadd(5, w0[k].values, 64);
        _tile_dpbf16ps(0, 4, 5);
        _tile_loadd(5, w1[k].values, 64);
        _tile_dpbf16ps(1, 4, 5);
        if constexpr (kHalves == 2) {
            _tile_loadd(4, second + k * kTileK * 2, act_stride);
            _tile_dpbf16ps(3, 4, 5);
            _tile_loadd(5, w0[k].values, 64);
            _tile_dpbf16ps(2, 4, 5);
        }
    }
    _tile_stored(0, sums.tile[0][0], 64);
    _tile_stored(1, sums.tile[0][1], 64);
    if constexpr (kHalves == 2) _tile_stored(2, sums.tile[1][0], 64);
    if constexpr (kHalves == 2) _tile_stored(3, sums.tile[1][1], 64);
}

// factors: [rows] or nullptr
static void store_sums(const TileSums& sums, const float* factors, size_t rows, size_t n, Rows out) {
    const auto mask = [&](size_t begin) { return static_cast<__mmask16>(n < begin + 16 ? (1u << (n > begin ? n - begin : 0)) - 1 : 0xffffu); };
    const __mmask16 low = mask(0), high = mask(16);
    for (size_t i = 0; i < rows; ++i) {
        const auto& half = sums.tile[i / kTileSide];
        const vfloat factor = _mm512_set1_ps(factors ? factors[i] : 1.0f);
        _mm512_mask_storeu_ps(out.row(i), low, mul(factor, _mm512_load_ps(half[0][i % kTileSide])));
        _mm512_mask_storeu_ps(out.row(i) + kTileSide, high, mul(factor, _mm512_load_ps(half[1][i % kTileSide])));
    }
}

template <typename Codec>
static void tile_range(const LinearMat& job, size_t r0, size_t r1, void* scratch) {
    auto& s = *static_cast<TileScratch*>(scratch);
    const size_t act_row = activation_bytes(ActForm::BF16, job.n), row_bytes = job.n / Codec::kBlock * Codec::kBytes;
    _tile_loadconfig(&kTileConfig);
    for (size_t r = r0; r < r1; r += kPanelRows) {
        const size_t n = r1 - r < kPanelRows ? r1 - r : kPanelRows;
        for (size_t group = 0; group < job.rows; group += kGroupRows) {
            const size_t rows = job.rows - group < kGroupRows ? job.rows - group : kGroupRows, blocks = (rows + kBlockRows - 1) / kBlockRows;
            const size_t steps = blocks * ((job.n + kTileK - 1) / kTileK), next_bytes = job.next ? row_bytes * n : 0;
            const auto* next = static_cast<const char*>(job.next);
            Ahead ahead{next, next + next_bytes, (next_bytes / 64 + steps) / steps};
            for (size_t k = 0; k < job.n; k += kTileDepth) {
                const size_t count = job.n - k < kTileDepth ? job.n - k : kTileDepth, n_tiles = (count + kTileK - 1) / kTileK;
                unpack_tiles<Codec>(job, r, r1, k, count, s);
                for (size_t i = 0; i < blocks; ++i) {
                    const size_t block = (i + job.turn) % blocks, first = block * kBlockRows, left = rows - first;
                    const auto* act = reinterpret_cast<const uint16_t*>(static_cast<const char*>(job.act) + (group + first) * act_row) + k;
                    TileSums& sums = s.sums[block];
                    if (left > kTileSide) {
                        tile_product<2>(act, act_row, s.weights[0], s.weights[1], n_tiles, k > 0, ahead, sums);
                    } else {
                        tile_product<1>(act, act_row, s.weights[0], s.weights[1], n_tiles, k > 0, ahead, sums);
                    }
                    if (k + count == job.n) {
                        const float* factors = job.factors ? job.factors + group + first : nullptr;
                        store_sums(sums, factors, left < kBlockRows ? left : kBlockRows, n, job.out.at(group + first, r));
                    }
                }
            }
        }
    }
    _tile_release();
}

static ActForm tile_form(Type type, size_t rows) noexcept {
    if (type == Type::F32 || type == Type::F16) return ActForm::F32;
    return rows >= kTilesFrom ? ActForm::BF16 : q8_unless_float(type, rows);
}

static void tile_prepare(ActForm form, ConstRows x, size_t rows, size_t n, void* out) noexcept {
    if (form != ActForm::BF16) return act_prepare(form, x, rows, n, out);
    const size_t row_bytes = activation_bytes(form, n);
    for (size_t i = 0; i < rows; ++i) {
        auto* row = reinterpret_cast<uint16_t*>(static_cast<char*>(out) + i * row_bytes);
        memset(row + n / kTileK * kTileK, 0, row_bytes - n / kTileK * kTileK * 2);
        to_bf16(x.at(i, 0), row, 0, 1, n);
    }
}

static void tile_linear_mat(const LinearMat& job, size_t r0, size_t r1, void* scratch) noexcept {
    if (job.form != ActForm::BF16) return linear_mat(job, r0, r1, scratch);
    with_codec(job.type, [&]<typename Codec>() { tile_range<Codec>(job, r0, r1, scratch); });
}

static constexpr Kernels make_tile_table() {
    Kernels table = make_table(Isa::Amx, tile_form, tile_prepare, tile_linear_mat, kByteScratch > sizeof(TileScratch) ? kByteScratch : sizeof(TileScratch));
    table.to_bf16 = to_bf16;
    table.weighted_to_bf16 = weighted_to_bf16;
    table.wants_sums = false;
    return table;
}
