#pragma once

static inline vf conv_input(const ConvArgs& args, int64_t row, uint32_t c, size_t n) {
    if (row < 0) {
        const int64_t at = row + args.kernel - 1;
        return args.history ? load(args.history + at * args.n + c, n) : vf{};
    }
    const vf x = load(args.in + static_cast<size_t>(row) * args.in_stride + c, n);
    return args.pre ? x * load(args.pre + static_cast<size_t>(row) * args.pre_stride + c, n) : x;
}

static void conv(const ConvArgs& args, uint32_t r0, uint32_t r1, uint32_t c0, uint32_t c1) noexcept {
    for (uint32_t r = r0; r < r1; ++r) {
        for (uint32_t c = c0; c < c1; c += kLanes) {
            const size_t n = c1 - c;
            vf y = args.bias ? load(args.bias + c, n) : vf{};
            for (uint32_t t = 0; t < args.kernel; ++t) {
                const vf x = conv_input(args, int64_t{r} - (args.kernel - 1) + t, c, n);
                y = fma(load(args.weight + size_t{t} * args.n + c, n), x, y);
            }
            y = activate(args.act, y);
            if (args.post) y *= load(args.post + r * args.post_stride + c, n);
            store(args.out + r * args.out_stride + c, y, n);
        }
    }
}
