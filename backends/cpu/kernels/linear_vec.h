// One activation row: y = W x, with the weights read once in the file's order.
#pragma once

// One weight row's sum over `groups` groups of 32 (8, or fewer at the row's end).
template <typename Codec>
static inline __attribute__((always_inline)) void vec_block(const uint8_t* w, const Q8Block& x, int groups, vfloat& total,
                                                            vfloat& offset) {
    constexpr int kScales = 256 / Codec::kGroup, kPerBlock = Codec::kBlock / Codec::kGroup, kBlockGroups = Codec::kBlock / 32;
    alignas(32) float scale[kScales], min[kScales];
    if (groups < 8) {
        for (int i = 0; i < kScales; ++i) scale[i] = min[i] = 0;
    }
    for (int b = 0; b < groups / kBlockGroups; ++b) {
        Codec::scales(w + b * Codec::kBytes, scale + b * kPerBlock, min + b * kPerBlock);
    }
    for (int i = 0; i < kScales; i += 8) {
        const vfloat s = load_f(scale + i);
        const float* sums = (Codec::kGroup == 16 ? x.sum16 : x.sum32) + i;
        if constexpr (Codec::kMin) offset = fma(load_f(min + i), load_f(sums), offset);
        if constexpr (Codec::kZero != 0) offset = fma(mul(s, _mm256_set1_ps(Codec::kZero)), load_f(sums), offset);
        if constexpr (Codec::kGroup == 32) store_f(scale + i, mul(s, load_f(x.scale)));
    }
    for (int g = 0; g < groups; ++g) {
        const u8x32 codes = Codec::codes(w + g / kBlockGroups * Codec::kBytes, g % kBlockGroups);
        const vfloat products = to_float(dot_codes<Codec>(codes, load_i(x.codes + 32 * g)));
        if constexpr (Codec::kGroup == 32) {
            total = fma(products, broadcast_f(scale + g), total);
        } else {
            const vfloat halves = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_broadcast_ss(scale + 2 * g)),
                                                       _mm_broadcast_ss(scale + 2 * g + 1), 1);
            total = fma(mul(products, broadcast_f(x.scale + g)), halves, total);
        }
    }
}

template <typename Codec>
static void vec_quant(const uint8_t* weights, size_t n, const void* act, size_t r0, size_t r1, float* out) {
    const auto* x = static_cast<const Q8Block*>(act);
    const size_t full = n / 256, row_bytes = n / Codec::kBlock * Codec::kBytes;
    constexpr size_t kBytes = 256 / Codec::kBlock * Codec::kBytes;  // of 256 values
    const int rest = static_cast<int>(n % 256 / 32);
    for (size_t r = r0; r < r1; ++r) {
        const uint8_t* w = weights + r * row_bytes;
        vfloat total = zero_f(), offset = zero_f();
        for (size_t b = 0; b < full; ++b) vec_block<Codec>(w + b * kBytes, x[b], 8, total, offset);
        if (rest) vec_block<Codec>(w + full * kBytes, x[full], rest, total, offset);
        out[r] = sum(_mm256_sub_ps(total, offset));
    }
}

template <typename Codec>
static void vec_float(const uint8_t* weights, size_t n, const void* act, size_t r0, size_t r1, float* out) {
    const auto* x = static_cast<const float*>(act);
    const size_t row_bytes = n * Codec::kBytes;
    for (size_t r = r0; r < r1; ++r) {
        const uint8_t* w = weights + r * row_bytes;
        vfloat total[4] = {zero_f(), zero_f(), zero_f(), zero_f()};
        size_t i = 0;
        for (; i + 4 * kLanes <= n; i += 4 * kLanes) {
            for (int j = 0; j < 4; ++j) {
                const size_t at = i + static_cast<size_t>(j * kLanes);
                total[j] = fma(Codec::load(w + at * Codec::kBytes), load_f(x + at), total[j]);
            }
        }
        for (; i < n; i += kLanes) {
            const size_t count = n - i < kLanes ? n - i : kLanes;
            const vfloat a = load_tail<f32>(reinterpret_cast<const uint8_t*>(x + i), count);
            total[0] = fma(load_tail<Codec>(w + i * Codec::kBytes, count), a, total[0]);
        }
        out[r] = sum(add(add(total[0], total[1]), add(total[2], total[3])));
    }
}

template <typename Codec>
static void vec_range(const uint8_t* weights, size_t n, const void* act, size_t r0, size_t r1, float* out) {
    if constexpr (Codec::kFloat) {
        vec_float<Codec>(weights, n, act, r0, r1, out);
    } else {
        vec_quant<Codec>(weights, n, act, r0, r1, out);
    }
}
