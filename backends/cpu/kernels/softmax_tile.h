// A tile of attention's scores, [keys, queries], to probabilities.
#pragma once

// exp(s - m) of the visible keys, 0 of the others. s: [n, n_q]; rescale: [n_q]
static inline void softmax_tile(const AttendArgs& args, uint32_t n_q, uint32_t position, uint32_t n, float* s, float* rescale) {
    for (uint32_t q = 0; q < n_q; q += kLanes) {
        vi begin, end;
        memcpy(&begin, args.begin + q, sizeof begin);
        memcpy(&end, args.end + q, sizeof end);
        const vf m = load(args.state.m + q);
        vf top = m;
        for (uint32_t j = 0; j < n; ++j) {
            const vi at = static_cast<int32_t>(position + j) - vi{};
            vf v = load(s + j * n_q + q);
            if (args.softcap > 0) v = args.softcap * tanh(v / args.softcap);
            v = (at >= begin) & (at < end) ? v : splat(-INFINITY);
            store(s + j * n_q + q, v);
            top = max(v, top);
        }
        const vf base = top == splat(-INFINITY) ? vf{} : top;  // nothing visible yet
        vf total = vf{};
        for (uint32_t j = 0; j < n; ++j) {
            const vf p = exp(load(s + j * n_q + q) - base);
            store(s + j * n_q + q, p);
            total += p;
        }
        const vf scale = exp(m - base);
        store(rescale + q, scale);
        store(args.state.l + q, fma(load(args.state.l + q), scale, total));
        store(args.state.m + q, top);
    }
}
