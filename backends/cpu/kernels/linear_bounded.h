// Many activation rows where bytes multiply twice a cycle: 16 products are summed in 16 bits, and a scale of 16 bits multiplies such a sum and adds it
// to its neighbour. That they fit is up to the activations: their scale is the smallest with which no sum can be too large, whatever the weights
// are.
#pragma once

template <typename Codec>
struct Bounded {
    static constexpr bool kSigned = Codec::kKind != Codes::Unsigned;
    static constexpr int kZero = kSigned ? Codec::kMax : Codec::kZero;  // added to signed codes
    static constexpr int kIndex = index_of_bound(Codec::kGroup, kSigned ? 2 * Codec::kMax : Codec::kMax);
    static constexpr bool kMin = Codec::kMin || kZero != 0;  // multiplied with sums of activations and subtracted
};

template <typename Codec>
static constexpr bool in_bounded() {
    if constexpr (Codec::kFloat) {
        return false;
    } else {
        return Bounded<Codec>::kIndex >= 0;
    }
}

static constexpr int kBoundedVecs = 2, kBoundedRows = kBoundedVecs * kLanes, kBoundedCols = 2;

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

// rows: the first of 32 * groups values in each of kPanelRows rows.
template <typename Codec>
static void unpack_bounded(const uint8_t* const (&rows)[kPanelRows], int groups, BoundedPanel& panel) {
    using B = Bounded<Codec>;
    constexpr int kRowsAhead = 8, kBlockGroups = Codec::kBlock / 32, kSums = 256 / Codec::kGroup;
    const auto bytes = static_cast<size_t>(groups / kBlockGroups * Codec::kBytes);
    for (int row = 0; row < kRowsAhead; ++row) prefetch(rows[row], bytes);
    for (int row = 0; row < kPanelRows; row += 4) {
        auto& tile = panel.tiles[row / kBoundedRows];
        const int at = row % kBoundedRows;
        for (int i = row + kRowsAhead; i < row + kRowsAhead + 4 && i < kPanelRows; ++i) prefetch(rows[i], bytes);
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
        for (int i = 0; i < 4; ++i) {
            alignas(32) float scale[kSums], min[kSums];
            int16_t factor[kSums], whole_min[kSums];
            block_scales<Codec>(rows[row + i], groups, scale, min);
            tile.unit[at + i] = to_whole(scale, kSums, 32767.0f, factor);
            for (int g = 0; g < 8; ++g) {
                if constexpr (Codec::kGroup == 32) {
                    tile.groups[g].factor[at + i] = twice(factor[g]);
                } else {
                    memcpy(&tile.groups[g].factor[at + i], factor + 2 * g, sizeof(int32_t));
                }
            }
            if constexpr (B::kMin) {
                for (int s = 0; s < kSums; ++s) min[s] = static_cast<float>(B::kZero) * scale[s] + (Codec::kMin ? min[s] : 0.0f);
                tile.min_unit[at + i] = to_whole(min, kSums, kLargestMin, whole_min);
                for (int s = 0; s < kSums; s += 2) memcpy(&tile.min[s / 2][at + i], whole_min + s, sizeof(int32_t));
            }
        }
    }
}

// out[c * stride ..] = the panel's first kBoundedRows * tiles rows times the activations x[c * x_stride], or, if `more`, added to what is there.
template <typename Codec, int kCols>
static void bounded_rows(const BoundedPanel& panel, int tiles, int groups, const BoundedBlock* x, size_t x_stride, bool more, float* out, size_t stride) {
    using B = Bounded<Codec>;
    constexpr int kVecs = kBoundedVecs;
    const BoundedBlock* act[kCols];
    for (int c = 0; c < kCols; ++c) act[c] = x + static_cast<size_t>(c) * x_stride;
    const auto* tile = panel.tiles;
    for (const auto* end = tile + tiles; tile < end; ++tile, out += kBoundedRows) {
        vfloat total[kVecs][kCols];
        for (int c = 0; c < kCols; ++c) {
            for (int v = 0; v < kVecs; ++v) total[v][c] = zero_f();
        }
        for (int g = 0; g < groups; ++g) {
            const auto& group = tile->groups[g];
            vint pairs[kVecs][kCols];
#pragma GCC unroll 8
            for (int i = 0; i < 8; ++i) {
                vint a[kCols];
#pragma GCC unroll 4
                for (int c = 0; c < kCols; ++c) a[c] = broadcast_i(act[c]->codes + 32 * g + 4 * i);
#pragma GCC unroll 4
                for (int v = 0; v < kVecs; ++v) {
                    vint w = load_i(group.codes[i][v * kLanes]);
                    asm("" : "+x"(w));  // once, not again for each column
#pragma GCC unroll 4
                    for (int c = 0; c < kCols; ++c) {
                        const vint p = _mm256_maddubs_epi16(w, a[c]);
                        pairs[v][c] = i == 0 ? p : _mm256_add_epi16(pairs[v][c], p);
                    }
                }
            }
#pragma GCC unroll 4
            for (int c = 0; c < kCols; ++c) {
                const vfloat scale = broadcast_f(act[c]->scale + g);
#pragma GCC unroll 4
                for (int v = 0; v < kVecs; ++v) {
                    const vint dots = _mm256_madd_epi16(pairs[v][c], load_i(group.factor + v * kLanes));
                    total[v][c] = fma(to_float(dots), scale, total[v][c]);
                }
            }
        }
        vint offset[kVecs][kCols];
#pragma GCC unroll 8
        for (int i = 0; i < 128 / Codec::kGroup && B::kMin; ++i) {
#pragma GCC unroll 4
            for (int c = 0; c < kCols; ++c) {
                const vint two = broadcast_i(act[c]->sums + 2 * i);
#pragma GCC unroll 4
                for (int v = 0; v < kVecs; ++v) {
                    const vint product = _mm256_madd_epi16(two, load_i(tile->min[i] + v * kLanes));
                    offset[v][c] = i == 0 ? product : _mm256_add_epi32(offset[v][c], product);
                }
            }
        }
#pragma GCC unroll 4
        for (int c = 0; c < kCols; ++c) {
            const vfloat unit = broadcast_f(&act[c]->sum_unit);
#pragma GCC unroll 4
            for (int v = 0; v < kVecs; ++v) {
                float* y = out + static_cast<size_t>(c) * stride + v * kLanes;
                vfloat sum = fma(total[v][c], load_f(tile->unit + v * kLanes), more ? load_f(y) : zero_f());
                if (B::kMin) sum = fnma(to_float(offset[v][c]), mul(load_f(tile->min_unit + v * kLanes), unit), sum);
                store_f(y, sum);
            }
        }
    }
}

template <typename Codec>
struct BoundedMat {
    using Weights = BoundedPanel;
    static constexpr ActForm kForm = bounded(Bounded<Codec>::kIndex);
    static constexpr int kRows = kPanelRows;

    static void unpack(const uint8_t* const (&rows)[kRows], size_t count, Weights& panel) { unpack_bounded<Codec>(rows, static_cast<int>(count / 32), panel); }

    // kCols rows of activations.
    template <int kCols>
    static void multiply(const Weights& panel, int valid, size_t count, const BoundedBlock* x, size_t x_stride, bool more, float* out, size_t stride) {
        const int groups = static_cast<int>(count / 32), tiles = (valid + kBoundedRows - 1) / kBoundedRows;
        const auto bytes = static_cast<size_t>(valid) * sizeof *out;
        for (size_t c = kCols; c < 2 * kCols; ++c) {  // those that come next
            prefetch(x + c * x_stride, sizeof *x);
            prefetch(out + c * stride, bytes);
        }
        if (valid == kRows) return bounded_rows<Codec, kCols>(panel, tiles, groups, x, x_stride, more, out, stride);
        alignas(32) float partial[kCols][kRows];
        for (size_t c = 0; c < kCols && more; ++c) memcpy(partial[c], out + c * stride, bytes);
        bounded_rows<Codec, kCols>(panel, tiles, groups, x, x_stride, more, partial[0], kRows);
        for (size_t c = 0; c < kCols; ++c) memcpy(out + c * stride, partial[c], bytes);
    }

    static void multiply_all(const LinearMat& job, const Weights& panel, size_t k, size_t count, size_t r, int valid, NextPanel& next) {
        const size_t x_stride = act_blocks(job.n), stride = job.out_stride;
        const auto* x = static_cast<const BoundedBlock*>(job.act) + k / 256;
        float* out = job.out + r;
        size_t i = 0;
        for (; i + kBoundedCols <= job.rows; i += kBoundedCols) {
            next.template ask<kRows>(i, job.rows);
            multiply<kBoundedCols>(panel, valid, count, x + i * x_stride, x_stride, k > 0, out + i * stride, stride);
        }
        if (i < job.rows) multiply<1>(panel, valid, count, x + i * x_stride, x_stride, k > 0, out + i * stride, stride);
    }
};
