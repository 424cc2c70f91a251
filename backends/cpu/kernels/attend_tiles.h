// attend_many.h with AMX, for keys and values of half precision. kExact: a number becomes the sum of two bfloat16, and a product three products of
// those; keys and values lose nothing, queries and probabilities keep 16 bits. Otherwise there is no second, lower part.
#pragma once

// Both parts of a matrix. As the first factor of a product: rows of `stride` bytes. As the second one: tiles, those of 16 columns one behind the other.
struct SplitRows {
    uint16_t *high, *low;
    size_t stride;
};
struct SplitTiles {
    uint16_t *high, *low;
    size_t steps;  // tiles of 16 columns
    static constexpr size_t kTile = kTileSide * kTileK;
};

static inline vf upper_part(vf x) { return (vf)((vi)x & static_cast<int32_t>(0xffff0000)); }

struct SplitValues {
    __m512i high, low;
};
// One vector behind the other.
template <bool kExact>
static inline SplitValues split_row(vf first, vf second) {
    if constexpr (!kExact) return {(__m512i)_mm512_cvtne2ps_pbh(second, first), __m512i{}};
    const vf high_first = upper_part(first), high_second = upper_part(second);
    return {(__m512i)_mm512_cvtne2ps_pbh(high_second, high_first), (__m512i)_mm512_cvtne2ps_pbh(second - high_second, first - high_first)};
}

// Their values in turn.
template <bool kExact>
static inline SplitValues split_pairs(vf even, vf odd) {
    if constexpr (!kExact) return {rounded_pairs(even, odd), __m512i{}};
    return {upper_pairs((__m512i)even, (__m512i)odd), rounded_pairs(even - upper_part(even), odd - upper_part(odd))};
}

// values(r) for 16 rows, transposed in units of pairs; rows of the result are so many values apart.
template <bool kExact, typename Values>
static inline void store_transposed(const Values& values, uint16_t* high, uint16_t* low, size_t apart) {
    __m512i high_rows[kTileSide], low_rows[kTileSide];
#pragma GCC unroll 16
    for (size_t r = 0; r < kTileSide; ++r) {
        const SplitValues row = values(r);
        high_rows[r] = row.high;
        low_rows[r] = row.low;
    }
    store_transposed(high_rows, high, apart);
    if (kExact) store_transposed(low_rows, low, apart);
}

// n rows of `dim` values, and zeros to the end of the last tile.
template <bool kExact>
static inline void split_rows(const uint16_t* x, size_t stride, size_t n, size_t dim, const SplitRows& y) {
    for (size_t j = 0; j < (n + kTileSide - 1) / kTileSide * kTileSide; ++j) {
        for (size_t i = 0; i < dim; i += kTileK) {
            const vf a = j < n ? load(x + j * stride + i) : vf{}, b = j < n && i + kLanes < dim ? load(x + j * stride + i + kLanes) : vf{};
            const SplitValues values = split_row<kExact>(a, b);
            const size_t at = j * (y.stride / 2) + i;
            _mm512_store_si512(y.high + at, values.high);
            if (kExact) _mm512_store_si512(y.low + at, values.low);
        }
    }
}

// n rows of `dim` values as a second factor with n columns.
template <bool kExact>
static inline void split_columns(const float* x, size_t stride, size_t n, size_t dim, const SplitTiles& y) {
    for (size_t j = 0; j < n; j += kTileSide) {
        for (size_t i = 0; i < dim; i += kTileK) {
            const size_t at = (j / kTileSide * y.steps + i / kTileK) * SplitTiles::kTile;
            const auto values = [&](size_t r) {
                const float* row = x + (j + r) * stride + i;
                return split_row<kExact>(j + r < n ? load(row) : vf{}, j + r < n && i + kLanes < dim ? load(row + kLanes) : vf{});
            };
            store_transposed<kExact>(values, y.high + at, y.low + at, kTileK);
        }
    }
}

// n rows of `dim` columns as a second factor; zeros follow the last row.
template <bool kExact>
static inline void split_matrix(const uint16_t* x, size_t stride, size_t n, size_t dim, const SplitTiles& y) {
    for (size_t j = 0; j < y.steps * kTileK; j += 2) {
        for (size_t i = 0; i < dim; i += kTileSide) {
            const vf even = j < n ? load(x + j * stride + i) : vf{}, odd = j + 1 < n ? load(x + (j + 1) * stride + i) : vf{};
            const SplitValues pairs = split_pairs<kExact>(even, odd);
            const size_t at = (i / kTileSide * y.steps + j / kTileK) * SplitTiles::kTile + j % kTileK / 2 * kTileK;
            _mm512_store_si512(y.high + at, pairs.high);
            if (kExact) _mm512_store_si512(y.low + at, pairs.low);
        }
    }
}

// The transpose of n rows of `dim` columns as a first factor; zeros follow the last row.
template <bool kExact>
static inline void split_transposed(const float* x, size_t stride, size_t n, size_t dim, const SplitRows& y) {
    for (size_t j = 0; j < n; j += kTileK) {
        for (size_t i = 0; i < dim; i += kTileSide) {
            const size_t at = i * (y.stride / 2) + j;
            const auto values = [&](size_t r) {
                const size_t row = j + 2 * r;
                return split_pairs<kExact>(row < n ? load(x + row * stride + i) : vf{}, row + 1 < n ? load(x + (row + 1) * stride + i) : vf{});
            };
            store_transposed<kExact>(values, y.high + at, y.low + at, y.stride / 2);
        }
    }
}

// 16 rows and 16 * kColumns columns of out (+)= a b
template <bool kExact, int kColumns>
static inline void split_tile(const SplitRows& a, const SplitTiles& b, size_t row, size_t column, float* out, size_t stride, bool add) {
    const size_t a_at = row * (a.stride / 2), b_at = column / kTileSide * b.steps * SplitTiles::kTile, bytes = stride * sizeof(float);
    asm volatile("" ::: "memory");  // the compiler does not know that tile loads read memory
    if (add) {
        _tile_loadd(0, out, bytes);
        if constexpr (kColumns == 2) _tile_loadd(1, out + kTileSide, bytes);
    } else {
        _tile_zero(0);
        _tile_zero(1);
    }
    const auto parts = [&](const uint16_t* rows, const uint16_t* tiles) {
        for (size_t k = 0; k < b.steps; ++k) {
            const uint16_t* tile = tiles + b_at + k * SplitTiles::kTile;
            _tile_loadd(2, rows + a_at + k * kTileK, a.stride);
            _tile_loadd(3, tile, 64);
            _tile_dpbf16ps(0, 2, 3);
            if constexpr (kColumns == 2) {
                _tile_loadd(3, tile + b.steps * SplitTiles::kTile, 64);
                _tile_dpbf16ps(1, 2, 3);
            }
        }
    };
    parts(a.high, b.high);
    if (kExact) parts(a.low, b.high);
    if (kExact) parts(a.high, b.low);
    _tile_stored(0, out, bytes);
    if constexpr (kColumns == 2) _tile_stored(1, out + kTileSide, bytes);
}

// out[rows, columns] (+)= a b; rows and columns are multiples of 16.
template <bool kExact>
static inline void split_product(const SplitRows& a, const SplitTiles& b, size_t rows, size_t columns, float* out, size_t stride, bool add) {
    for (size_t j = 0; j < columns; j += 2 * kTileSide) {
        for (size_t i = 0; i < rows; i += kTileSide) {
            float* at = out + i * stride + j;
            if (j + kTileSide < columns) {
                split_tile<kExact, 2>(a, b, i, j, at, stride, add);
            } else {
                split_tile<kExact, 1>(a, b, i, j, at, stride, add);
            }
        }
    }
}

template <bool kExact>
static void attend_tiles(const AttendArgs& args, const KvRun& run) {
    const uint32_t n_q = pad_head(args.n_q);  // the states of queries beyond n_q are there but mean nothing
    const size_t width = (args.k_dim + kTileK - 1) / kTileK * kTileK, k_steps = width / kTileK, kv_size = kKeyTile * (width > args.v_dim ? width : args.v_dim);
    auto* at = reinterpret_cast<uint16_t*>(args.scratch);
    const auto take = [&](size_t n) {
        uint16_t* taken = at;
        at += n;
        return taken;
    };
    const SplitTiles q{take(n_q * width), take(n_q * width), k_steps};
    const SplitRows p{take(n_q * kKeyTile), take(n_q * kKeyTile), kKeyTile * sizeof(uint16_t)};
    const SplitRows k{take(kv_size), take(kv_size), width * sizeof(uint16_t)};
    auto* s = reinterpret_cast<float*>(at);
    float* rescale = s + kKeyTile * size_t{n_q};

    split_columns<kExact>(args.q, args.k_dim, args.n_q, args.k_dim, q);
    const auto scores = [&](uint32_t j, uint32_t n) {
        split_rows<kExact>(static_cast<const uint16_t*>(run.k) + size_t{j} * args.k_stride, args.k_stride, n, args.k_dim, k);
        split_product<kExact>(k, q, pad_head(n), n_q, s, n_q, false);
    };
    const auto add_values = [&](uint32_t j, uint32_t n) {
        split_transposed<kExact>(s, n_q, n, n_q, p);
        const SplitTiles v{k.high, k.low, (n + kTileK - 1) / kTileK};
        split_matrix<kExact>(static_cast<const uint16_t*>(run.v) + size_t{j} * args.v_stride, args.v_stride, n, args.v_dim, v);
        split_product<kExact>(p, v, n_q, args.v_dim, args.state.acc, args.v_dim, true);
    };
    _tile_loadconfig(&kTileConfig);
    each_key_tile(args, run, n_q, s, rescale, scores, add_values);
    _tile_release();
}
