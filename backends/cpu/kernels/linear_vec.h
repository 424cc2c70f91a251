// One activation row: y = W x, with the weights read once in the file's order.
#pragma once

// Weights are asked for so many bytes ahead: the processor's own prefetchers stop at the end of a page and leave a fifth to a third of the
// bandwidth unused.
static constexpr size_t kWeightsAhead = 4096;
// Past the larger caches about as many lines as a core can wait for at once (22 on Zen 2).
static constexpr size_t kStreamAhead = 1536;

// From one of kRows rows that are read at the same time.
template <int kRows>
static inline __attribute__((always_inline)) void ask(const uint8_t* w, size_t bytes, bool stream) {
    stream ? prefetch_once(w + kStreamAhead / kRows, bytes) : prefetch(w + kWeightsAhead / kRows, bytes);
}

static inline u8x32 load_codes(const int8_t* codes) { return load32(reinterpret_cast<const uint8_t*>(codes)); }

// Unsigned magnitudes a, with the signs moved to x.
template <typename Codec>
static inline void move_signs(u8x32& a, u8x32& x) {
    if constexpr (Codec::kKind == Codes::Signed) {
        x = {_mm256_sign_epi8(x.v, a.v)};
        a = {_mm256_abs_epi8(a.v)};
    }
}

// A row's sum, in parts that do not wait for each other.
struct VecSum {
    __m256 total[2];
    __m256 offset;
};

// The scales, and minima where the codec has some, of 32 * groups values; zeros up to 256.
template <typename Codec>
static inline __attribute__((always_inline)) void block_scales(const uint8_t* w, int groups, float* scale, float* min) {
    constexpr int kScales = 256 / Codec::kGroup, kPerBlock = Codec::kBlock / Codec::kGroup;
    if (groups < 8) {
        for (int i = 0; i < kScales; ++i) scale[i] = min[i] = 0;
        for (int i = 0; i < groups / (Codec::kBlock / 32); ++i) Codec::scales(w + i * Codec::kBytes, scale + i * kPerBlock, min + i * kPerBlock);
    } else if constexpr (Codec::kBlock < 256) {
        Codec::scales256(w, scale, min);
    } else {
        Codec::scales(w, scale, min);
    }
}

static inline __m256i widen_bytes(const uint64_t (&bytes)[2]) {
    return _mm256_cvtepi8_epi16(_mm_set_epi64x(static_cast<long long>(bytes[1]), static_cast<long long>(bytes[0])));
}

// A weight row's sum over 256 values whose 16 scales are whole numbers: they are multiplied before anything becomes a float.
template <typename Codec>
static inline __attribute__((always_inline)) void whole_block(const uint8_t* w, const Q8Block& block, VecSum& sum) {
    static_assert(Codec::kGroup == 16 && Codec::kKind == Codes::Unsigned);
    // Words 0, 2, 4, 6 and 1, 3, 5, 7 of each half.
    const __m256i apart = _mm256_broadcastsi128_si256(_mm_setr_epi8(0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15));
    uint64_t bytes[2], min_bytes[2];
    Codec::whole_scales(w, bytes, min_bytes);
    const __m256i scales = _mm256_sub_epi16(widen_bytes(bytes), _mm256_set1_epi16(Codec::kScaleZero));
    const __m256i halves = _mm256_permute4x64_epi64(_mm256_shuffle_epi8(scales, apart), 0xd8);  // of the first and of the second 16 values
    const __m256i sums = _mm256_load_si256(reinterpret_cast<const __m256i*>(block.short16));
    const __m256 xs = _mm256_load_ps(block.scale), unit = _mm256_set1_ps(Codec::unit(w));
    const auto offset = [&](__m256i factors, __m256 by) {
        sum.offset = _mm256_fmadd_ps(_mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_madd_epi16(factors, sums)), xs), by, sum.offset);
    };
    if constexpr (Codec::kZero != 0) offset(scales, unit);
    if constexpr (Codec::kMin) offset(widen_bytes(min_bytes), _mm256_set1_ps(Codec::min_unit(w)));
    __m256 total[2] = {_mm256_setzero_ps(), _mm256_setzero_ps()};
#pragma GCC unroll 8
    for (int g = 0; g < 8; ++g) {
        const __m256i scale = _mm256_shuffle_epi8(halves, _mm256_set1_epi16(static_cast<int16_t>(2 * g | (2 * g + 1) << 8)));
        const __m256i x = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(block.codes + 32 * g));
        const __m256i products = _mm256_madd_epi16(_mm256_maddubs_epi16(Codec::codes(w, g).v, x), scale);
        total[g % 2] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(products), _mm256_broadcast_ss(block.scale + g), total[g % 2]);
    }
    sum.total[0] = _mm256_fmadd_ps(_mm256_add_ps(total[0], total[1]), unit, sum.total[0]);
}

// Eight scales of weights, for 32 or 16 values each, times those of the activations; adds what minima and kZero come to.
template <typename Codec>
static inline __attribute__((always_inline)) __m256 join_scales(const float* scale, const float* min, const Q8Block& block, int first, VecSum& sum) {
    const __m256 w = _mm256_load_ps(scale + first);
    __m256 x = _mm256_load_ps(block.scale), sums = _mm256_load_ps(block.sum);
    if constexpr (Codec::kGroup == 16) {
        const __m256i twice = _mm256_add_epi32(_mm256_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3), _mm256_set1_epi32(first / 2));
        x = _mm256_permutevar8x32_ps(x, twice);
        sums = _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_load_si256(reinterpret_cast<const __m256i*>(block.sum16 + first))), x);
    }
    if constexpr (Codec::kMin) sum.offset = _mm256_fmadd_ps(_mm256_load_ps(min + first), sums, sum.offset);
    if constexpr (Codec::kZero != 0) sum.offset = _mm256_fmadd_ps(w, sums, sum.offset);
    return _mm256_mul_ps(w, x);
}

// A weight row's sum over 256 values, or fewer if the row has no more.
template <typename Codec, bool kWhole>
static inline __attribute__((always_inline)) void vec_block(const uint8_t* w, const Q8Block& block, int groups, VecSum& sum) {
    constexpr int kScales = 256 / Codec::kGroup, kBlockGroups = Codec::kBlock / 32;
    alignas(32) float scale[kScales], min[kScales];
    block_scales<Codec>(w, kWhole ? 8 : groups, scale, min);
    for (int i = 0; i < kScales; i += 8) _mm256_store_ps(scale + i, join_scales<Codec>(scale, min, block, i, sum));
#pragma GCC unroll 8
    for (int g = 0; g < (kWhole ? 8 : groups); ++g) {
        const uint8_t* b = w + g / kBlockGroups * Codec::kBytes;
        u8x32 a = Codec::codes(b, g % kBlockGroups), x = load_codes(block.codes + 32 * g);
        if constexpr (Codec::kKind == Codes::Sign) x = negate_if(x, Codec::signs(b, g % kBlockGroups));
        move_signs<Codec>(a, x);
        __m256 s;
        if constexpr (Codec::kGroup == 16) {  // two scales, each for four sums
            const __m256d both = _mm256_broadcast_sd(reinterpret_cast<const double*>(scale + 2 * g));
            s = _mm256_permutevar_ps(_mm256_castpd_ps(both), _mm256_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1));
        } else {
            s = _mm256_broadcast_ss(scale + g);
        }
        sum.total[g % 2] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(dot_quads(a.v, x.v)), s, sum.total[g % 2]);
    }
}

// A weight row's sum over 256 values, two groups at a time: one in each half of a register, which takes one conversion instead of two.
template <typename Codec>
static inline __attribute__((always_inline)) void lanes_block(const uint8_t* w, const Q8Block& block, VecSum& sum) {
    static_assert(Codec::kGroup == 32 && Codec::kKind != Codes::Sign);
    alignas(32) float scale[8], min[8];
    block_scales<Codec>(w, 8, scale, min);
    const __m256 s = join_scales<Codec>(scale, min, block, 0, sum);
    const auto add = [&]<int i>() {
        u8x32 x = load_codes(block.lanes + 64 * i), y = load_codes(block.lanes + 64 * i + 32);
        auto [a, b] = Codec::lanes(w, i);
        move_signs<Codec>(a, x);
        move_signs<Codec>(b, y);
        const __m256 products = _mm256_cvtepi32_ps(dot_quads<Packed<Codec>>(a.v, x.v, b.v, y.v));
        sum.total[i % 2] = _mm256_fmadd_ps(products, _mm256_permute_ps(s, i * 0x55), sum.total[i % 2]);
    };
    add.template operator()<0>();
    add.template operator()<1>();
    add.template operator()<2>();
    add.template operator()<3>();
}

template <typename Codec>
static inline float total(const VecSum& sum) {
    const __m256 products = _mm256_add_ps(sum.total[0], sum.total[1]);
    const __m256 all = _mm256_fnmadd_ps(sum.offset, _mm256_set1_ps(Codec::kZero != 0 ? Codec::kZero : 1), products);
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(all), _mm256_extractf128_ps(all, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}

// kRows weight rows, `apart` rows from each other.
template <typename Codec, int kRows>
static inline void quant_rows(const uint8_t* weights, size_t n, const Q8Block* x, size_t apart, bool stream, float* out) {
    constexpr size_t kBytes = 256 / Codec::kBlock * Codec::kBytes;  // of 256 values
    const size_t full = n / 256, row_bytes = n / Codec::kBlock * Codec::kBytes, blocks = full + has_tail(n);
    VecSum sum[kRows] = {};
    for (size_t b = 0; b < blocks; ++b) {
        const size_t at = b < full ? b * kBytes : row_bytes - kBytes;
#pragma GCC unroll 2
        for (int i = 0; i < kRows; ++i) {
            const uint8_t* w = weights + static_cast<size_t>(i) * apart * row_bytes + at;
            const Q8Block* block = x + (b < full ? b : full + 1);
            if (kRows > 1) asm("" : "+r"(block));  // else the compiler keeps the block for the next row, in registers that are wanted for sums
            ask<kRows>(w, kBytes, stream);
            if constexpr (requires { Codec::kScaleZero; }) {
                whole_block<Codec>(w, *block, sum[i]);
            } else if constexpr (requires { Codec::lanes(w, 0); }) {
                lanes_block<Codec>(w, *block, sum[i]);
            } else {
                vec_block<Codec, true>(w, *block, 8, sum[i]);
            }
        }
    }
#pragma GCC unroll 2
    for (int i = 0; i < kRows; ++i) {
        if (n < 256) vec_block<Codec, false>(weights + static_cast<size_t>(i) * apart * row_bytes, *x, static_cast<int>(n / 32), sum[i]);
        out[static_cast<size_t>(i) * apart] = total<Codec>(sum[i]);
    }
}

template <typename Codec, int kRows>
static inline void float_rows(const uint8_t* weights, size_t n, const float* x, size_t apart, bool stream, float* out) {
    const size_t next = apart * n * Codec::kBytes;
    vfloat total[kRows][4];
    for (auto& row : total) {
        for (vfloat& t : row) t = zero_f();
    }
    size_t i = 0;
    for (; i + 4 * kLanes <= n; i += 4 * kLanes) {
#pragma GCC unroll 2
        for (int r = 0; r < kRows; ++r) {
            const uint8_t* w = weights + static_cast<size_t>(r) * next + i * Codec::kBytes;
            ask<kRows>(w, 4 * kLanes * Codec::kBytes, stream);
#pragma GCC unroll 4
            for (int j = 0; j < 4; ++j) total[r][j] = fma(Codec::load(w + j * kLanes * Codec::kBytes), load_f(x + i + j * kLanes), total[r][j]);
        }
    }
    for (; i < n; i += kLanes) {
        const size_t count = n - i < kLanes ? n - i : kLanes;
        const vfloat a = load_tail<f32>(reinterpret_cast<const uint8_t*>(x + i), count);
        for (int r = 0; r < kRows; ++r) {
            total[r][0] = fma(load_tail<Codec>(weights + static_cast<size_t>(r) * next + i * Codec::kBytes, count), a, total[r][0]);
        }
    }
    for (int r = 0; r < kRows; ++r) {
        out[static_cast<size_t>(r) * apart] = sum(add(add(total[r][0], total[r][1]), add(total[r][2], total[r][3])));
    }
}

// Rows are multiplied two at a time, far from each other: memory gives two streams a tenth more than one. Not if the codec has to look up so much
// that it is slower than memory.
template <typename Codec>
static constexpr int row_streams() {
    if constexpr (Codec::kFloat) {
        return 2;
    } else {
        return Codec::kKind == Codes::Sign ? 1 : 2;
    }
}

template <typename Codec>
static void vec_range(const uint8_t* weights, size_t n, const void* act, size_t r0, size_t r1, bool stream, float* out) {
    constexpr int kStreams = row_streams<Codec>();
    const size_t row_bytes = n / Codec::kBlock * Codec::kBytes, apart = (r1 - r0) / kStreams;
    const auto rows = [&]<int kRows>(size_t r) {
        if constexpr (Codec::kFloat) {
            float_rows<Codec, kRows>(weights + r * row_bytes, n, static_cast<const float*>(act), apart, stream, out + r);
        } else {
            quant_rows<Codec, kRows>(weights + r * row_bytes, n, static_cast<const Q8Block*>(act), apart, stream, out + r);
        }
    };
    for (size_t r = r0; r < r0 + apart; ++r) rows.template operator()<kStreams>(r);
    for (size_t r = r0 + kStreams * apart; r < r1; ++r) rows.template operator()<1>(r);
}
