#pragma once

static constexpr uint32_t kMostTaps = 64;

// The inputs of a row's result, oldest first.
struct Taps {
    const float *x[kMostTaps], *pre[kMostTaps];  // pre: nullptr if there is none
    uint32_t first;                              // those before it are zeros

    Taps(const ConvArgs& args, uint32_t row) {
        first = args.history || row + 1 >= args.kernel ? 0 : args.kernel - 1 - row;
        for (uint32_t t = first; t < args.kernel; ++t) {
            const bool is_history = row + t + 1 < args.kernel;
            const size_t at = is_history ? row + t : row + t + 1 - args.kernel;
            x[t] = is_history ? args.history + at * args.n : args.in + at * args.in_stride;
            pre[t] = is_history || !args.pre ? nullptr : args.pre + at * args.pre_stride;
        }
    }
};

static void conv(const ConvArgs& args, uint32_t r0, uint32_t r1, uint32_t c0, uint32_t c1) noexcept {
    for (uint32_t r = r0; r < r1; ++r) {
        const Taps taps(args, r);
        const auto values = [&](size_t c, size_t n) {
            vf y = args.bias ? load(args.bias + c, n) : vf{};
            for (uint32_t t = taps.first; t < args.kernel; ++t) {
                vf x = load(taps.x[t] + c, n);
                if (taps.pre[t]) x *= load(taps.pre[t] + c, n);
                y = fma(load(args.weight + size_t{t} * args.n + c, n), x, y);
            }
            y = activate(args.act, y);
            if (args.post) y *= load(args.post + r * args.post_stride + c, n);
            store(args.out + r * args.out_stride + c, y, n);
        };
        uint32_t c = c0;
        for (; c + kLanes <= c1; c += kLanes) values(c, kLanes);
        if (c < c1) values(c, c1 - c);
    }
}
