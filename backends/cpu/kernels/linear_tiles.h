// Many activation rows with AMX. Weights of any format become bfloat16, at least as exact as activations of 8 bits, and the sums
// stay in the tile registers over the whole depth. Float weights that bfloat16 would round too much, and few rows, are left to
// linear_mat.h.
#pragma once

static constexpr size_t kTileDepth = 1024;             // values of a weight row that are unpacked at a time
static constexpr int kTileSide = 16, kTileK = 32;      // a tile: 16 rows of 32 values
static constexpr size_t kTilesFrom = 8;                // activation rows from which unpacking pays
static constexpr int kWeightTiles = 4, kWeightRows = kWeightTiles * kTileSide;
static_assert(kWeightRows == 2 * kPanelRows && kPanelRows == 2 * kTileSide);

// Two values of each of 16 rows lie together, as the second factor of a tile product wants them.
struct WeightTile {
    alignas(64) uint16_t values[kTileK / 2][kTileSide][2];
};

struct TileScratch {
    Panel panel;
    WeightTile weights[kWeightTiles][kTileDepth / kTileK];
    alignas(64) uint16_t act[2 * kTileSide][kTileDepth + 32];  // rows that are not beside each other, or fewer than a tile has
    alignas(64) float out[2 * kTileSide][2 * kTileSide];
};

// Eight tiles of 16 rows of 64 bytes.
struct TileConfig {
    uint8_t palette = 1, start_row = 0, reserved[14] = {};
    uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
    uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(TileConfig) == 64);
alignas(64) static constexpr TileConfig kTileConfig;

// Rounded to the nearest, ties to even.
static inline void to_bf16(const float* x, uint16_t* y, size_t n) {
    for (size_t i = 0; i < n; i += 16) {
        const __mmask16 there = n - i < 16 ? static_cast<__mmask16>((1u << (n - i)) - 1) : static_cast<__mmask16>(0xffff);
        const __m512i bits = _mm512_maskz_loadu_epi32(there, x + i), odd = _mm512_and_si512(_mm512_srli_epi32(bits, 16), _mm512_set1_epi32(1));
        const __m512i rounded = _mm512_add_epi32(_mm512_add_epi32(bits, _mm512_set1_epi32(0x7fff)), odd);
        _mm256_mask_storeu_epi16(y + i, there, _mm512_cvtepi32_epi16(_mm512_srli_epi32(rounded, 16)));
    }
}

// Two vectors of floats to pairs of bfloat16.
static inline __m512i bf16_pairs(vfloat even, vfloat odd) {
    const __m512i half = _mm512_set1_epi32(0x8000);
    const __m512i low = _mm512_srli_epi32(_mm512_add_epi32(_mm512_castps_si512(even), half), 16);
    const __m512i high = _mm512_add_epi32(_mm512_castps_si512(odd), half);
    return _mm512_or_si512(low, _mm512_and_si512(high, _mm512_set1_epi32(static_cast<int>(0xffff0000))));
}

// 32 * groups values of the panel to tiles t and t + 1, from tile column k on.
template <typename Codec>
static void panel_to_tiles(const Panel& panel, int groups, TileScratch& s, int t, size_t k) {
    constexpr int kBias = Packed<Codec>::kBias, kParts = 32 / Codec::kGroup, kSteps = 8 / kParts;
    const __m512i byte = _mm512_set1_epi32(0xff);
    for (int half = 0; half < 2; ++half) {
        const int row = half * kTileSide;
        for (int part = 0; part < groups * kParts; ++part) {
            const vfloat scale = load_f(panel.scale[part] + row);
            vfloat offset = zero_f();
            if constexpr (kBias != 0) offset = mul(scale, _mm512_set1_ps(static_cast<float>(kBias)));
            if constexpr (Codec::kMin) offset = add(offset, load_f(panel.min[part] + row));
            auto& tile = s.weights[t + half][k + static_cast<size_t>(part / kParts)];
            const auto value = [&](__m512i code) { return _mm512_fmsub_ps(to_float(code), scale, offset); };
            for (int i = 0; i < kSteps; ++i) {
                const int pair = 2 * (part % kParts * kSteps + i);
                const __m512i codes = load_i(panel.codes[part * kSteps + i][row]);
                const vfloat v0 = value(_mm512_and_si512(codes, byte));
                const vfloat v1 = value(_mm512_and_si512(_mm512_srli_epi32(codes, 8), byte));
                const vfloat v2 = value(_mm512_and_si512(_mm512_srli_epi32(codes, 16), byte));
                const vfloat v3 = value(_mm512_srli_epi32(codes, 24));
                _mm512_store_si512(tile.values[pair], bf16_pairs(v0, v1));
                _mm512_store_si512(tile.values[pair + 1], bf16_pairs(v2, v3));
            }
        }
    }
}

// Values k .. k + count of kWeightRows rows from r on; those beyond the last row repeat it.
template <typename Codec>
static void unpack_tiles(const LinearMat& job, size_t r, size_t last, size_t k, size_t count, TileScratch& s) {
    const size_t row_bytes = job.n / Codec::kBlock * Codec::kBytes;
    const auto row = [&](size_t i, size_t at) {
        const size_t index = r + i < last ? r + i : last - 1;
        return static_cast<const uint8_t*>(job.weights) + index * row_bytes + at / Codec::kBlock * Codec::kBytes;
    };
    if constexpr (Codec::kFloat) {
        for (size_t at = 0; at < count; at += kTileK) {
            const size_t bytes = (count - at < kTileK ? count - at : kTileK) * 2;
            for (int i = 0; i < kWeightRows; i += 4) {
                alignas(64) uint8_t values[4][64] = {};
                for (int j = 0; j < 4; ++j) memcpy(values[j], row(static_cast<size_t>(i + j), k + at), bytes);
                WeightTile& tile = s.weights[i / kTileSide][at / kTileK];
                for (int q = 0; q < 4; ++q) {
                    __m128i quads[4];
                    transpose_quads(load_half(values[0] + 16 * q), load_half(values[1] + 16 * q), load_half(values[2] + 16 * q),
                                    load_half(values[3] + 16 * q), quads);
                    for (int p = 0; p < 4; ++p) _mm_store_si128(reinterpret_cast<__m128i*>(tile.values[4 * q + p][i % kTileSide]), quads[p]);
                }
            }
        }
    } else {
        for (int t = 0; t < kWeightTiles; t += 2) {
            for (size_t at = 0; at < count; at += 256) {
                const uint8_t* rows[kPanelRows];
                for (int i = 0; i < kPanelRows; ++i) rows[i] = row(static_cast<size_t>(t * kTileSide + i), k + at);
                const int groups = static_cast<int>((count - at < 256 ? count - at : 256) / 32);
                unpack_panel<Codec>(rows, groups, s.panel);
                panel_to_tiles<Codec>(s.panel, groups, s, t, at / kTileK);
            }
        }
    }
}

// C[32, 32] (+)= 32 activation rows times two columns of weight tiles. Strides in bytes.
static inline void tile_product(const uint16_t* act, size_t act_stride, const WeightTile* w0, const WeightTile* w1, size_t n_tiles,
                                float* out, size_t out_stride, bool more) {
    asm volatile("" ::: "memory");  // the compiler does not know that tile loads read memory
    const auto* second = reinterpret_cast<const char*>(act) + kTileSide * act_stride;
    float *o1 = out + kTileSide, *o2 = reinterpret_cast<float*>(reinterpret_cast<char*>(out) + kTileSide * out_stride), *o3 = o2 + kTileSide;
    if (more) {
        _tile_loadd(0, out, out_stride);
        _tile_loadd(1, o1, out_stride);
        _tile_loadd(2, o2, out_stride);
        _tile_loadd(3, o3, out_stride);
    } else {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
    }
    constexpr size_t kAhead = 2;  // steps; the activations come from the second cache, a line of each of 32 rows at a time
    for (size_t k = 0; k < n_tiles; ++k) {
#pragma GCC unroll 16
        for (size_t i = 0; i < kTileSide; ++i) {
            const auto* line = reinterpret_cast<const char*>(act + (k + kAhead) * kTileK) + i * act_stride;
            prefetch(line, 64);
            prefetch(line + kTileSide * act_stride, 64);
        }
        _tile_loadd(4, act + k * kTileK, act_stride);
        _tile_loadd(6, w0[k].values, 64);
        _tile_dpbf16ps(0, 4, 6);
        _tile_loadd(7, w1[k].values, 64);
        _tile_dpbf16ps(1, 4, 7);
        _tile_loadd(5, second + k * kTileK * 2, act_stride);
        _tile_dpbf16ps(2, 5, 6);
        _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, out, out_stride);
    _tile_stored(1, o1, out_stride);
    _tile_stored(2, o2, out_stride);
    _tile_stored(3, o3, out_stride);
}

// 32 activation rows from `first` on, or what is left of them, against the unpacked weights.
static void tile_rows(const LinearMat& job, size_t first, size_t r, size_t last, size_t k, size_t count, TileScratch& s) {
    constexpr size_t kRows = 2 * kTileSide;
    const size_t act_row = activation_bytes(ActForm::BF16, job.n), n_tiles = (count + kTileK - 1) / kTileK;
    const size_t rows = job.rows - first < kRows ? job.rows - first : kRows;
    const auto* act = static_cast<const char*>(job.act) + k * 2;
    const bool copy = job.row_index != nullptr || rows < kRows;
    for (size_t i = 0; copy && i < rows; ++i) {
        const size_t row = job.row_index ? static_cast<size_t>(job.row_index[first + i]) : first + i;
        memcpy(s.act[i], act + row * act_row, n_tiles * kTileK * 2);
    }
    const auto* a = copy ? s.act[0] : reinterpret_cast<const uint16_t*>(act + first * act_row);
    const size_t act_stride = copy ? sizeof s.act[0] : act_row;
    for (int t = 0; t < kWeightTiles; t += 2) {
        const size_t begin = r + static_cast<size_t>(t * kTileSide);
        if (begin >= last) break;
        const size_t n = last - begin < kRows ? last - begin : kRows;
        float* out = job.out + first * job.out_stride + begin;
        if (rows == kRows && n == kRows) {
            tile_product(a, act_stride, s.weights[t], s.weights[t + 1], n_tiles, out, job.out_stride * sizeof(float), k > 0);
            continue;
        }
        tile_product(a, act_stride, s.weights[t], s.weights[t + 1], n_tiles, s.out[0], sizeof s.out[0], false);
        for (size_t i = 0; i < rows; ++i, out += job.out_stride) {
            for (size_t j = 0; j < n; ++j) out[j] = k > 0 ? out[j] + s.out[i][j] : s.out[i][j];
        }
    }
}

template <typename Codec>
static void tile_range(const LinearMat& job, size_t r0, size_t r1, void* scratch) {
    auto& s = *static_cast<TileScratch*>(scratch);
    _tile_loadconfig(&kTileConfig);
    for (size_t r = r0; r < r1; r += kWeightRows) {
        for (size_t k = 0; k < job.n; k += kTileDepth) {
            const size_t count = job.n - k < kTileDepth ? job.n - k : kTileDepth;
            unpack_tiles<Codec>(job, r, r1, k, count, s);
            for (size_t first = 0; first < job.rows; first += 2 * kTileSide) tile_rows(job, first, r, r1, k, count, s);
        }
    }
    _tile_release();
}

static ActForm tile_form(Type type, size_t rows) noexcept {
    if (type == Type::F32 || type == Type::F16) return ActForm::F32;
    return rows >= kTilesFrom ? ActForm::BF16 : q8_unless_float(type, rows);
}

static void tile_prepare(ActForm form, const float* x, size_t stride, size_t rows, size_t n, void* out) noexcept {
    if (form != ActForm::BF16) return act_prepare(form, x, stride, rows, n, out);
    const size_t row_bytes = activation_bytes(form, n);
    for (size_t i = 0; i < rows; ++i) {
        auto* row = reinterpret_cast<uint16_t*>(static_cast<char*>(out) + i * row_bytes);
        memset(row + n / kTileK * kTileK, 0, row_bytes - n / kTileK * kTileK * 2);
        to_bf16(x + i * stride, row, n);
    }
}

static void tile_linear_mat(const LinearMat& job, size_t r0, size_t r1, void* scratch) noexcept {
    if (tile_form(job.type, job.rows) != ActForm::BF16) return linear_mat(job, r0, r1, scratch);
    switch (job.type) {
#define X(NAME, name, id, block, bytes) \
    case Type::NAME: return tile_range<name>(job, r0, r1, scratch);
#include "core/quant/formats.inc"
#undef X
    }
}

static constexpr Kernels make_tile_table() {
    Kernels table = make_table(Isa::Amx, tile_form);
    table.prepare = tile_prepare;
    table.linear_mat = tile_linear_mat;
    table.mat_scratch = table.mat_scratch > sizeof(TileScratch) ? table.mat_scratch : sizeof(TileScratch);
    table.mat_rows = kWeightRows;
    return table;
}
