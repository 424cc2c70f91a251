// What the scans share. Within a chunk of rows a scan is a few small matrix products: the decay from row s to row t >= s is
// exp(G_t - G_s), G being the sum of the log decays.
#pragma once

static inline float softplus(float x) { return x > 20 ? x : log1pf(expf(x)); }

// y[c][r] = x[r][c]; x: [rows, n] with a row stride
static inline void transpose(const float* x, size_t stride, uint32_t rows, uint32_t n, float* y, size_t y_stride) {
    for (uint32_t r = 0; r < rows; ++r) {
        for (uint32_t c = 0; c < n; ++c) y[c * y_stride + r] = x[r * stride + c];
    }
}

static inline void scale_row(const float* x, float factor, float* y, uint32_t n) {
    for (uint32_t i = 0; i < n; i += kLanes) store(y + i, load(x + i, n - i) * factor, n - i);
}

// y += factor * x
static inline void add_scaled(const float* x, float factor, float* y, uint32_t n) {
    const vf f = splat(factor);
    for (uint32_t i = 0; i < n; i += kLanes) store(y + i, fma(load(x + i, n - i), f, load(y + i, n - i)), n - i);
}

static inline float dot(const float* x, const float* y, uint32_t n) {
    vf total = vf{};
    for (uint32_t i = 0; i < n; i += kLanes) total = fma(load(x + i, n - i), load(y + i, n - i), total);
    return sum(total);
}
