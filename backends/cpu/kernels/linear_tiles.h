// Many activation rows with AMX. Weights of any format become bfloat16, at least as exact as activations of 8 bits, and the sums
// stay in the tile registers over the whole depth. Float weights that bfloat16 would round too much, and few rows, are left to
// linear_mat.h.
#pragma once

static constexpr size_t kTilesFrom = 8;                // activation rows from which unpacking pays
static constexpr size_t kBlockRows = 2 * kTileSide;    // activation and weight rows of a product of 2 x 2 tiles
static constexpr size_t kGroupRows = 512;              // activation rows whose sums are kept
static_assert(kPanelRows == kBlockRows);

// Sums of 32 activation rows and 32 weight rows. In `out` itself rows would be so far apart that tile stores wait.
struct TileSums {
    alignas(64) float tile[2][2][kTileSide][kTileSide];  // [activation half][weight half][activation row][weight row]
};

struct TileScratch {
    WeightTiles weights;
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
                unpack_tiles<Codec>(job, r, r1, k, count, s.weights);
                for (size_t i = 0; i < blocks; ++i) {
                    const size_t block = (i + job.turn) % blocks, first = block * kBlockRows, left = rows - first;
                    const auto* act = reinterpret_cast<const uint16_t*>(static_cast<const char*>(job.act) + (group + first) * act_row) + k;
                    TileSums& sums = s.sums[block];
                    if (left > kTileSide) {
                        tile_product<2>(act, act_row, s.weights.half[0], s.weights.half[1], n_tiles, k > 0, ahead, sums);
                    } else {
                        tile_product<1>(act, act_row, s.weights.half[0], s.weights.half[1], n_tiles, k > 0, ahead, sums);
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
