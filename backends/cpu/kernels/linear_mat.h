// Many activation rows. A panel of kPanelRows weight rows is unpacked 256 values at a time into a form that the microkernel
// reads straight through, and runs over all activation rows before the next 256 values are unpacked.
#pragma once

static constexpr int kTileRows = kTileVecs * kLanes;
static constexpr int kPanelRows = kPanelTiles * kTileRows;

// 256 values of kPanelRows rows.
struct Panel {
    alignas(64) uint8_t codes[256 / 4][kPanelRows][4];
    float scale[16][kPanelRows];
    float min[16][kPanelRows];  // value = scale * (code - bias) - min
};

struct FloatPanel {
    alignas(64) float values[256][kPanelRows];
};

// 32 codes of each of four rows into the panel.
static inline void store_quads(Panel& panel, int step, int row, const u8x32 (&codes)[4]) {
    const __m256i t0 = _mm256_unpacklo_epi32(codes[0].v, codes[1].v), t1 = _mm256_unpackhi_epi32(codes[0].v, codes[1].v);
    const __m256i t2 = _mm256_unpacklo_epi32(codes[2].v, codes[3].v), t3 = _mm256_unpackhi_epi32(codes[2].v, codes[3].v);
    const __m256i quads[4] = {_mm256_unpacklo_epi64(t0, t2), _mm256_unpackhi_epi64(t0, t2), _mm256_unpacklo_epi64(t1, t3), _mm256_unpackhi_epi64(t1, t3)};
    for (int i = 0; i < 4; ++i) {
        _mm_store_si128(reinterpret_cast<__m128i*>(panel.codes[step + i][row]), _mm256_castsi256_si128(quads[i]));
        _mm_store_si128(reinterpret_cast<__m128i*>(panel.codes[step + 4 + i][row]), _mm256_extracti128_si256(quads[i], 1));
    }
}

// rows: the first of 32 * groups values in each of kPanelRows rows.
template <typename Codec>
static void unpack_panel(const uint8_t* const (&rows)[kPanelRows], int groups, Panel& panel) {
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
                u8x32 codes[4];
#pragma GCC unroll 4
                for (int i = 0; i < 4; ++i) {
                    codes[i] = signed_codes<Codec>(rows[row + i] + b * Codec::kBytes, g);
                    if constexpr (Codec::kKind != Codes::Unsigned && !P::kSign) codes[i] = codes[i] + fill(P::kBias);
                }
                store_quads(panel, 8 * (b * kBlockGroups + g), row, codes);
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

// out[c][0 .. kTileRows) += the tile of the panel times the activations x[c].
template <typename Codec, int kCols>
static void mat_tile(const Panel& panel, int tile, int groups, const QuantColumn<Codec> (&x)[kCols], float* const (&out)[kCols]) {
    using P = Packed<Codec>;
    constexpr int kParts = 32 / Codec::kGroup, kSteps = 8 / kParts;
    const int row = tile * kTileRows;
    vfloat total[kTileVecs][kCols];
    for (int c = 0; c < kCols; ++c) {
        for (int v = 0; v < kTileVecs; ++v) total[v][c] = load_f(out[c] + v * kLanes);
    }
    for (int g = 0; g < groups; ++g) {
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
                if constexpr (Codec::kMin) xsum = mul(xs, to_float(broadcast_i((kParts == 2 ? block.sum16 : block.sum32) + s)));
#pragma GCC unroll 4
                for (int v = 0; v < kTileVecs; ++v) {
                    const vfloat scale = mul(load_f(panel.scale[s] + row + v * kLanes), xs);
                    total[v][c] = fma(to_float(dots[v][c]), scale, total[v][c]);
                    if constexpr (Codec::kMin) total[v][c] = fnma(load_f(panel.min[s] + row + v * kLanes), xsum, total[v][c]);
                }
            }
        }
    }
    for (int c = 0; c < kCols; ++c) {
        for (int v = 0; v < kTileVecs; ++v) store_f(out[c] + v * kLanes, total[v][c]);
    }
}

template <typename Codec>
static void unpack_panel(const uint8_t* const (&rows)[kPanelRows], size_t count, FloatPanel& panel) {
    float values[256];
    for (int row = 0; row < kPanelRows; ++row) {
        dequantize_row<Codec>(rows[row], values, count);
        for (size_t k = 0; k < count; ++k) panel.values[k][row] = values[k];
    }
}

template <int kCols>
static void mat_tile(const FloatPanel& panel, int tile, size_t count, const float* (&x)[kCols], float* const (&out)[kCols]) {
    const int row = tile * kTileRows;
    vfloat total[kTileVecs][kCols];
    for (int c = 0; c < kCols; ++c) {
        for (int v = 0; v < kTileVecs; ++v) total[v][c] = load_f(out[c] + v * kLanes);
    }
    for (size_t k = 0; k < count; ++k) {
        vfloat w[kTileVecs];
#pragma GCC unroll 4
        for (int v = 0; v < kTileVecs; ++v) w[v] = load_f(panel.values[k] + row + v * kLanes);
#pragma GCC unroll 8
        for (int c = 0; c < kCols; ++c) {
            const vfloat a = broadcast_f(x[c] + k);
#pragma GCC unroll 4
            for (int v = 0; v < kTileVecs; ++v) total[v][c] = fma(w[v], a, total[v][c]);
        }
    }
    for (int c = 0; c < kCols; ++c) {
        for (int v = 0; v < kTileVecs; ++v) store_f(out[c] + v * kLanes, total[v][c]);
    }
}

// One panel's 256 (or fewer) values against the activation rows first .. first + kCols of the job.
template <typename Codec, int kCols>
static void mat_cols(const LinearMat& job, const void* scratch, size_t k, size_t count, size_t r, int valid, size_t first) {
    using Act = typename Choice<Codec::kFloat, float, Q8Block>::T;
    const size_t act_row = Codec::kFloat ? job.n : q8_blocks(job.n), at = Codec::kFloat ? k : k / 256;
    typename Choice<Codec::kFloat, const float*, QuantColumn<Codec>>::T x[kCols];
    float* out[kCols];
    alignas(64) float partial[kCols][kTileRows];
    for (int c = 0; c < kCols; ++c) {
        const Act* act = static_cast<const Act*>(job.act) + (first + c) * act_row + at;
        if constexpr (Codec::kFloat) {
            x[c] = act;
        } else {
            x[c].set(act);
        }
    }
    for (int tile = 0; tile * kTileRows < valid; ++tile) {
        const int rows = valid - tile * kTileRows;
        for (int c = 0; c < kCols; ++c) {
            out[c] = job.out + (first + c) * job.out_stride + r + tile * kTileRows;
            if (k == 0) {
                for (int i = 0; i < kTileRows && i < rows; ++i) out[c][i] = 0;
            }
            if (rows < kTileRows) {
                for (int i = 0; i < kTileRows; ++i) partial[c][i] = i < rows ? out[c][i] : 0;
                out[c] = partial[c];
            }
        }
        if constexpr (Codec::kFloat) {
            mat_tile<kCols>(*static_cast<const FloatPanel*>(scratch), tile, count, x, out);
        } else {
            mat_tile<Codec, kCols>(*static_cast<const Panel*>(scratch), tile, static_cast<int>(count / 32), x, out);
        }
        if (rows < kTileRows) {
            for (int c = 0; c < kCols; ++c) {
                float* to = job.out + (first + c) * job.out_stride + r + tile * kTileRows;
                for (int i = 0; i < rows; ++i) to[i] = partial[c][i];
            }
        }
    }
}

// The activation rows from `first` on, kCols at a time, then fewer.
template <typename Codec, int kCols>
static void mat_rows(const LinearMat& job, const void* scratch, size_t k, size_t count, size_t r, int valid, size_t first) {
    for (; first + kCols <= job.rows; first += kCols) mat_cols<Codec, kCols>(job, scratch, k, count, r, valid, first);
    if constexpr (kCols > 1) mat_rows<Codec, kCols / 2>(job, scratch, k, count, r, valid, first);
}

template <typename Codec>
static void mat_range(const LinearMat& job, size_t r0, size_t r1, void* scratch) {
    constexpr int kCols = Codec::kFloat ? kFloatCols : kQuantCols;
    using AnyPanel = typename Choice<Codec::kFloat, FloatPanel, Panel>::T;
    auto& panel = *static_cast<AnyPanel*>(scratch);
    const size_t row_bytes = job.n / Codec::kBlock * Codec::kBytes;
    for (size_t r = r0; r < r1; r += kPanelRows) {
        const int valid = r1 - r < kPanelRows ? static_cast<int>(r1 - r) : kPanelRows;
        for (size_t k = 0; k < job.n; k += 256) {
            const size_t count = job.n - k < 256 ? job.n - k : 256;
            const uint8_t* rows[kPanelRows];
            for (int i = 0; i < kPanelRows; ++i) {
                const size_t row = r + static_cast<size_t>(i < valid ? i : valid - 1);
                rows[i] = static_cast<const uint8_t*>(job.weights) + row * row_bytes + k / Codec::kBlock * Codec::kBytes;
            }
            if constexpr (Codec::kFloat) {
                unpack_panel<Codec>(rows, count, panel);
            } else {
                unpack_panel<Codec>(rows, static_cast<int>(count / 32), panel);
            }
            mat_rows<Codec, kCols>(job, scratch, k, count, r, valid, 0);
        }
    }
}
