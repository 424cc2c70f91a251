// What kernels for many queries share: how a run is divided into tiles of keys, and what is done to a tile's scores.
#pragma once

// exp(s - m) of the visible keys, 0 of the others. s: [n, n_q]; rescale: [n_q]. kWhole: all are visible and there is no softcap.
template <bool kWhole>
static inline void softmax_tile(const AttendArgs& args, uint32_t n_q, uint32_t position, uint32_t n, float* s, float* rescale) {
    for (uint32_t q = 0; q < n_q; q += kLanes) {
        vi begin, end;
        memcpy(&begin, args.begin + q, sizeof begin);
        memcpy(&end, args.end + q, sizeof end);
        const vf m = load(args.state.m + q);
        vf top = m;
        for (uint32_t j = 0; j < n; ++j) {
            vf v = load(s + j * n_q + q);
            if constexpr (!kWhole) {
                const vi at = static_cast<int32_t>(position + j) - vi{};
                if (args.softcap > 0) v = args.softcap * tanh(v / args.softcap);
                v = (at >= begin) & (at < end) ? v : splat(-INFINITY);
                store(s + j * n_q + q, v);
            }
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

// Goes through the tiles of a run that a query sees. scores(j, n): the scores of the run's keys j .. j + n into s, [n, n_q]; add_values(j, n): adds their
// values, times what has become of s, to the sums, which are rescaled before.
template <typename Scores, typename AddValues>
static inline void each_key_tile(const AttendArgs& args, const KvRun& run, uint32_t n_q, float* s, float* rescale, const Scores& scores,
                                 const AddValues& add_values) {
    uint32_t first = 0xffffffff, last = 0, first_of_all = 0, last_of_all = 0xffffffff;
    for (uint32_t i = 0; i < args.n_q; ++i) {
        const uint32_t begin = args.begin[i], end = args.end[i];
        first = begin < first ? begin : first;
        first_of_all = begin > first_of_all ? begin : first_of_all;
        last = end > last ? end : last;
        last_of_all = end < last_of_all ? end : last_of_all;
    }
    for (uint32_t j = 0; j < run.n; j += kKeyTile) {
        const uint32_t n = run.n - j < kKeyTile ? run.n - j : kKeyTile, position = run.position + j;
        if (position >= last || position + n <= first) continue;
        scores(j, n);
        if (position >= first_of_all && position + n <= last_of_all && !(args.softcap > 0)) {
            softmax_tile<true>(args, n_q, position, n, s, rescale);
        } else {
            softmax_tile<false>(args, n_q, position, n, s, rescale);
        }
        for (uint32_t i = 0; i < args.n_q; ++i) {
            if (rescale[i] == 1) continue;
            float* acc = args.state.acc + size_t{i} * args.v_dim;
            for (uint32_t d = 0; d < args.v_dim; d += kLanes) store(acc + d, load(acc + d) * rescale[i]);
        }
        add_values(j, n);
    }
}
