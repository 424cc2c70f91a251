// Matrices of floats with rows and columns changed.
#pragma once

// Of blocks of 2 x 2, then of 2 x 2 of those, ... the two off the diagonal change places.
template <int kStep = 1>
static inline void transpose_square(vf (&x)[kLanes]) {
    if constexpr (kStep < kLanes) {
        vi low{}, high{};
        for (int i = 0; i < kLanes; ++i) {
            low[i] = i & kStep ? i - kStep + kLanes : i;
            high[i] = i & kStep ? i + kLanes : i + kStep;
        }
#pragma GCC unroll 16
        for (int i = 0; i < kLanes; ++i) {
            if (i & kStep) continue;
            const vf a = x[i], b = x[i + kStep];
            x[i] = __builtin_shuffle(a, b, low);
            x[i + kStep] = __builtin_shuffle(a, b, high);
        }
        transpose_square<2 * kStep>(x);
    }
}

// y[c][r] = x[r][c]; x: [rows, n] with a row stride
static inline void transpose(const float* x, size_t stride, uint32_t rows, uint32_t n, float* y, size_t y_stride) {
    const uint32_t whole_rows = rows / kLanes * kLanes, whole_n = n / kLanes * kLanes;
    for (uint32_t r = 0; r < whole_rows; r += kLanes) {
        for (uint32_t c = 0; c < whole_n; c += kLanes) {
            vf square[kLanes];
#pragma GCC unroll 16
            for (uint32_t i = 0; i < kLanes; ++i) square[i] = load(x + (r + i) * stride + c);
            transpose_square(square);
#pragma GCC unroll 16
            for (uint32_t i = 0; i < kLanes; ++i) store(y + (c + i) * y_stride + r, square[i]);
        }
    }
    for (uint32_t r = 0; r < rows; ++r) {
        for (uint32_t c = r < whole_rows ? whole_n : 0; c < n; ++c) y[c * y_stride + r] = x[r * stride + c];
    }
}
