// Many activation rows. A panel of kPanelRows weight rows is unpacked 256 values at a time into a form that the microkernel
// reads straight through, and runs over all activation rows before the next 256 values are unpacked.
#pragma once

static constexpr int kTileRows = kTileVecs * kLanes;
static constexpr int kPanelRows = kPanelTiles * kTileRows;
static constexpr int kFloatCols = kLanes == 16 ? 12 : 6;  // so many sums and what they are made of fill the registers

// 256 values of kPanelRows rows.
struct FloatPanel {
    alignas(64) float values[kPanelTiles][256][kTileRows];
};

// Transposed in units of four bytes, each half by itself.
static inline void transpose_quads(const __m256i (&a)[4], __m256i (&quads)[4]) {
    const __m256i t0 = _mm256_unpacklo_epi32(a[0], a[1]), t1 = _mm256_unpackhi_epi32(a[0], a[1]);
    const __m256i t2 = _mm256_unpacklo_epi32(a[2], a[3]), t3 = _mm256_unpackhi_epi32(a[2], a[3]);
    quads[0] = _mm256_unpacklo_epi64(t0, t2);
    quads[1] = _mm256_unpackhi_epi64(t0, t2);
    quads[2] = _mm256_unpacklo_epi64(t1, t3);
    quads[3] = _mm256_unpackhi_epi64(t1, t3);
}

// 32 bytes of each of four rows: the first four fours to `low`, the others to `high`, `stride` bytes apart.
static inline void store_quads(uint8_t* low, uint8_t* high, size_t stride, const __m256i (&codes)[4]) {
    __m256i quads[4];
    transpose_quads(codes, quads);
    for (size_t i = 0; i < 4; ++i) {
        _mm_store_si128(reinterpret_cast<__m128i*>(low + i * stride), _mm256_castsi256_si128(quads[i]));
        _mm_store_si128(reinterpret_cast<__m128i*>(high + i * stride), _mm256_extracti128_si256(quads[i], 1));
    }
}

// rows: the first of `count` values in each of kPanelRows rows.
template <typename Codec>
static void unpack_panel(const uint8_t* const (&rows)[kPanelRows], size_t count, FloatPanel& panel) {
    alignas(32) float values[4][256];
    if (count % 8 != 0) memset(values, 0, sizeof values);  // what is transposed beyond them
    for (int row = 0; row < kPanelRows; row += 4) {
        for (int i = 0; i < 4; ++i) dequantize_row<Codec>(rows[row + i], values[i], count);
        auto* to = panel.values[row / kTileRows];
        for (size_t k = 0; k < count; k += 8) {
            __m256i eight[4];
#pragma GCC unroll 4
            for (int i = 0; i < 4; ++i) eight[i] = _mm256_load_si256(reinterpret_cast<const __m256i*>(values[i] + k));
            const auto at = [&](size_t i) { return reinterpret_cast<uint8_t*>(to[k + i] + row % kTileRows); };
            store_quads(at(0), at(4), sizeof to[0], eight);
        }
    }
}

// Results of activation rows to which products are added: `from` are those with the values before (none: there are none), `to` is where they go.
struct Results {
    ConstRows from;
    Rows to;

    Results at(size_t row, size_t r) const { return {from.at(row, r), to.at(row, r)}; }
};

// Of the products with the values k .. k + count and the weight rows from r on.
static inline Results results_of(const LinearMat& job, size_t k, size_t count, size_t r) {
    const Rows sums = job.sums ? job.sums : job.out;
    return {k > 0 ? sums.at(0, r) : Rows{}, (k + count == job.n ? job.out : sums).at(0, r)};
}

template <int kCols>
static void float_tile(const FloatPanel& panel, int tile, size_t count, const float* const (&x)[kCols], const float* const (&from)[kCols],
                       float* const (&to)[kCols]) {
    vfloat total[kTileVecs][kCols];
    for (int c = 0; c < kCols; ++c) {
        for (int v = 0; v < kTileVecs; ++v) total[v][c] = from[c] ? load_f(from[c] + v * kLanes) : zero_f();
    }
    for (size_t k = 0; k < count; ++k) {
        vfloat w[kTileVecs];
#pragma GCC unroll 4
        for (int v = 0; v < kTileVecs; ++v) w[v] = load_f(panel.values[tile][k] + v * kLanes);
#pragma GCC unroll 12
        for (int c = 0; c < kCols; ++c) {
            const vfloat a = broadcast_f(x[c] + k);
#pragma GCC unroll 4
            for (int v = 0; v < kTileVecs; ++v) total[v][c] = fma(w[v], a, total[v][c]);
        }
    }
    for (int c = 0; c < kCols; ++c) {
        for (int v = 0; v < kTileVecs; ++v) store_f(to[c] + v * kLanes, total[v][c]);
    }
}

// kTile of a panel's rows are multiplied at a time, by kCols activation rows.
template <typename Codec>
struct FloatMat {
    using Weights = FloatPanel;
    using Activation = float;
    using Column = const float*;
    static constexpr int kRows = kPanelRows, kTile = kTileRows, kCols = kFloatCols;
    static constexpr size_t kValues = 1;

    static size_t act_row(size_t n) { return float_stride(n); }
    static void set(Column& column, const float* x) { column = x; }
    static void unpack(const uint8_t* const (&rows)[kRows], size_t count, FloatPanel& panel) { unpack_panel<Codec>(rows, count, panel); }
    template <int kN>
    static void multiply(const FloatPanel& panel, int tile, size_t count, const Column (&x)[kN], const float* const (&from)[kN], float* const (&to)[kN]) {
        float_tile<kN>(panel, tile, count, x, from, to);
    }
};

// One panel's 256 (or fewer) values against the activation rows first .. first + kN of the job.
template <typename M, int kN>
static void mat_cols(const LinearMat& job, const typename M::Weights& panel, size_t k, size_t count, const Results& results, int valid, size_t first) {
    typename M::Column x[kN];
    const float* from[kN];
    float* to[kN];
    alignas(64) float partial[kN][M::kTile];
    for (int c = 0; c < kN; ++c) {
        const size_t act_row = M::act_row(job.n);
        const auto* act = static_cast<const typename M::Activation*>(job.act) + (first + c) * act_row + k / M::kValues;
        M::set(x[c], act);
    }
    for (int tile = 0; tile * M::kTile < valid; ++tile) {
        const int rows = valid - tile * M::kTile;
        for (int c = 0; c < kN; ++c) {
            const Results of_row = results.at(first + c, tile * M::kTile);
            from[c] = of_row.from.data;
            to[c] = of_row.to.data;
            if (rows < M::kTile) {
                for (int i = 0; i < M::kTile; ++i) partial[c][i] = from[c] && i < rows ? from[c][i] : 0;
                from[c] = to[c] = partial[c];
            }
        }
        M::template multiply<kN>(panel, tile, count, x, from, to);
        if (rows < M::kTile) {
            for (int c = 0; c < kN; ++c) memcpy(results.at(first + c, tile * M::kTile).to.data, partial[c], rows * sizeof(float));
        }
    }
}

// The weights that are unpacked next: kRows pieces of memory that are asked for while the panel before them is multiplied.
struct NextPanel {
    const uint8_t* at;  // the next piece, or nullptr
    size_t stride, bytes;
    int pieces = 0;  // done

    // So that all have been asked for after `rows` activation rows.
    template <int kRows>
    void ask(size_t first, size_t rows) {
        for (; at && static_cast<size_t>(pieces) * rows <= first * kRows && pieces < kRows; ++pieces, at += stride) {
            for (size_t i = 0; i < bytes + 63; i += 64) _mm_prefetch(reinterpret_cast<const char*>(at + i), _MM_HINT_T1);
        }
    }
};

// The activation rows from `first` on, kN at a time, then fewer.
template <typename M, int kN>
static void mat_rows(const LinearMat& job, const typename M::Weights& panel, size_t k, size_t count, const Results& results, int valid, size_t first,
                     NextPanel& next) {
    for (; first + kN <= job.rows; first += kN) {
        next.template ask<M::kRows>(first, job.rows);
        mat_cols<M, kN>(job, panel, k, count, results, valid, first);
    }
    if constexpr (kN > 1) mat_rows<M, kN / 2>(job, panel, k, count, results, valid, first, next);
}

// Of an activation row that comes next, so many bytes are asked for with each tile: all at once are more than a core can wait for.
template <int kTiles>
static constexpr size_t asked_with_each_of(size_t bytes) {
    return (bytes / 64 + kTiles - 1) / kTiles * 64;
}

// A panel's 256 (or fewer) values against blocks of 256 values of kN activation rows, which are x_stride apart. M writes whole panels.
template <typename M, int kN>
static void panel_rows(const typename M::Weights& panel, int valid, size_t count, const typename M::Activation* x, size_t x_stride, const Results& results) {
    if constexpr (!requires { M::kAsksAhead; }) {  // for those that come next, unless M does
        for (size_t i = kN; i < 2 * kN; ++i) prefetch(x + i * x_stride, sizeof *x);
    }
    const bool whole = valid == M::kRows;  // either way one call, which is inlined
    const auto bytes = static_cast<size_t>(valid) * sizeof(float);
    alignas(64) float partial[kN][M::kRows];
    Results of_panel = results;
    if (!whole) {
        for (size_t i = 0; i < kN && results.from; ++i) memcpy(partial[i], results.from.row(i), bytes);
        of_panel = {results.from ? Rows{partial[0], M::kRows} : Rows{}, {partial[0], M::kRows}};
    }
    M::template multiply<kN>(panel, valid, count, x, x_stride, of_panel);
    for (size_t i = 0; i < kN && !whole; ++i) memcpy(results.to.row(i), partial[i], bytes);
}

// All activation rows, M::kBlockRows at a time, then one by one.
template <typename M>
static void panel_all_rows(const LinearMat& job, const typename M::Weights& panel, size_t k, size_t count, const Results& results, int valid, NextPanel& next) {
    constexpr size_t kN = M::kBlockRows;
    const size_t x_stride = act_blocks(job.n);
    const auto* x = static_cast<const typename M::Activation*>(job.act) + k / 256;
    size_t i = 0;
    for (; i + kN <= job.rows; i += kN) {
        next.template ask<M::kRows>(i, job.rows);
        panel_rows<M, kN>(panel, valid, count, x + i * x_stride, x_stride, results.at(i, 0));
    }
    if constexpr (kN > 1) {
        for (; i < job.rows; ++i) panel_rows<M, 1>(panel, valid, count, x + i * x_stride, x_stride, results.at(i, 0));
    }
}

// M says how many weight rows a panel has, how it is unpacked, and how it is multiplied: with all activation rows (multiply_all), with kBlockRows of them
// or one, or, if it has neither, kTile of its rows with kCols.
template <typename M, typename Codec>
static void mat_panels(const LinearMat& job, size_t r0, size_t r1, void* scratch) {
    auto& panel = *static_cast<typename M::Weights*>(scratch);
    const size_t row_bytes = job.n / Codec::kBlock * Codec::kBytes;
    const auto weights = [&](size_t r, size_t k) {
        return static_cast<const uint8_t*>(job.weights) + r * row_bytes + k / Codec::kBlock * Codec::kBytes;
    };
    for (size_t r = r0; r < r1; r += M::kRows) {
        const int valid = r1 - r < M::kRows ? static_cast<int>(r1 - r) : M::kRows;
        for (size_t k = 0; k < job.n; k += 256) {
            const size_t count = job.n - k < 256 ? job.n - k : 256;
            const uint8_t* rows[M::kRows];
            for (int i = 0; i < M::kRows; ++i) rows[i] = weights(r + static_cast<size_t>(i < valid ? i : valid - 1), k);
            M::unpack(rows, count, panel);
            const uint8_t* from = k + 256 < job.n       ? weights(r, k + 256)
                                  : r + M::kRows < r1 ? weights(r + M::kRows, 0)
                                                      : static_cast<const uint8_t*>(job.next);
            NextPanel next{from, row_bytes, count / Codec::kBlock * Codec::kBytes};
            const Results results = results_of(job, k, count, r);
            if constexpr (requires { &M::multiply_all; }) {
                M::multiply_all(job, panel, k, count, results, valid, next);
            } else if constexpr (requires { M::kBlockRows; }) {
                panel_all_rows<M>(job, panel, k, count, results, valid, next);
            } else {
                mat_rows<M, M::kCols>(job, panel, k, count, results, valid, 0, next);
            }
        }
    }
}
