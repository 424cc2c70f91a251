// Mamba-2 of one head: row by row, or in chunks. The chunks keep the state transposed: [d_state, d_head].
#pragma once

static inline float mamba_dt(const MambaArgs& args, uint32_t r) { return softplus(args.dt[r * args.dt_stride] + args.dt_bias); }

// in (null: zeros) may be the same as out.
static void mamba_row(const MambaArgs& args, uint32_t r, const float* in, float* out) {
    const float dt = mamba_dt(args, r), decay = expf(dt * args.a);
    const float *b = args.b + r * args.b_stride, *c = args.c + r * args.c_stride;
    for (uint32_t y = 0; y < args.d_head; ++y) {
        const float x = args.x[r * args.x_stride + y];
        const size_t row = size_t{y} * args.d_state;
        vf total = vf{};
        for (uint32_t i = 0; i < args.d_state; i += kLanes) {
            const size_t n = args.d_state - i;
            vf s = in ? load(in + row + i, n) * decay : vf{};
            s = fma(load(b + i, n), splat(dt * x), s);
            store(out + row + i, s, n);
            total = fma(s, load(c + i, n), total);
        }
        args.out[r * args.out_stride + y] = sum(total) + args.d * x;
    }
}

static void mamba_chunk(const MambaArgs& args, uint32_t r0, uint32_t n, float* state_t) {
    const uint32_t d_head = args.d_head, d_state = args.d_state;
    constexpr uint32_t kN = kScanChunk;
    float* b_t = args.scratch + size_t{d_head} * d_state;  // [d_state, n]
    float* mix = b_t + kN * d_state;                       // C B^T: [n, n]
    const float *b = args.b + r0 * args.b_stride, *c = args.c + r0 * args.c_stride, *x = args.x + r0 * args.x_stride;
    float* out = args.out + r0 * args.out_stride;
    float g[kN], dt[kN], total = 0;
    for (uint32_t t = 0; t < n; ++t) {
        dt[t] = mamba_dt(args, r0 + t);
        g[t] = total += dt[t] * args.a;
    }
    transpose(b, args.b_stride, n, d_state, b_t, n);
    gemm_lower(c, args.c_stride, b_t, mix, n, d_state);
    gemm(c, args.c_stride, 1, panels(state_t, d_head), out, args.out_stride, n, d_head, d_state, false);
    for (uint32_t t = 0; t < n; ++t) {
        for (uint32_t s = 0; s <= t; ++s) mix[t * n + s] *= expf(g[t] - g[s]) * dt[s];
        for (uint32_t s = t + 1; s < n; ++s) mix[t * n + s] = 0;
        scale_row(out + t * args.out_stride, expf(g[t]), out + t * args.out_stride, d_head);
        add_scaled(x + t * args.x_stride, args.d, out + t * args.out_stride, d_head);
    }
    gemm_by_lower(mix, panels(x, args.x_stride), out, args.out_stride, n, d_head);

    for (uint32_t s = 0; s < n; ++s) {
        const float weight = expf(g[n - 1] - g[s]) * dt[s];
        for (uint32_t i = 0; i < d_state; ++i) b_t[size_t{i} * n + s] *= weight;
    }
    const float decay = expf(g[n - 1]);
    for (uint32_t i = 0; i < d_state; ++i) scale_row(state_t + size_t{i} * d_head, decay, state_t + size_t{i} * d_head, d_head);
    gemm(b_t, n, 1, panels(x, args.x_stride), state_t, d_head, d_state, d_head, n, true);
}

static void mamba(const MambaArgs& args) noexcept {
    constexpr uint32_t kFew = 8;
    const float* state = args.state_in;
    uint32_t r = 0;
    if (args.rows >= kFew) {
        float* state_t = args.scratch;
        if (state) transpose(state, args.d_state, args.d_head, args.d_state, state_t, args.d_head);
        if (!state) memset(state_t, 0, size_t{args.d_head} * args.d_state * sizeof(float));
        while (args.rows - r >= kFew) {
            const uint32_t n = args.rows - r < kScanChunk ? args.rows - r : kScanChunk;
            mamba_chunk(args, r, n, state_t);
            r += n;
        }
        transpose(state_t, args.d_head, args.d_state, args.d_head, args.state_out, args.d_state);
        state = args.state_out;
    }
    for (; r < args.rows; ++r, state = args.state_out) mamba_row(args, r, state, args.state_out);
}
