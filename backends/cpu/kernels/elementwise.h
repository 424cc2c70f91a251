// Row functions: norms, activations, rope, conversions.
#pragma once

static inline vf load_part(const float* p, size_t n) {
    float part[kLanes] = {};
    memcpy(part, p, n * sizeof *p);
    return load(part);
}

static inline void store_part(float* p, vf v, size_t n) {
    float part[kLanes];
    store(part, v);
    memcpy(p, part, n * sizeof *p);
}

// n values, or a whole vector where n is at least that.
static inline vf load(const float* p, size_t n) { return n >= kLanes ? load(p) : load_part(p, n); }
static inline void store(float* p, vf v, size_t n) { n >= kLanes ? store(p, v) : store_part(p, v, n); }

static inline vf activate(Activation act, vf x) {
    switch (act) {
        case Activation::Silu: return x * sigmoid(x);
        // 0.5 (1 + tanh u) = sigmoid(2 u)
        case Activation::Gelu: return x * sigmoid(1.5957691216057308f * x * fma(x * 0.044715f, x, splat(1)));
        case Activation::Relu2: return max(vf{}, x) * x;
        case Activation::Sigmoid: return sigmoid(x);
        case Activation::None:
        case Activation::SwigluOai: break;
    }
    return x;
}

static inline vf glu(Activation act, vf gate, vf up) {
    if (act != Activation::SwigluOai) return activate(act, gate) * up;
    const vf g = min(splat(7), gate), u = max(splat(-7), min(splat(7), up));
    return g * sigmoid(1.702f * g) * (u + 1);
}

static void normalize(const NormArgs& args, const float* x, float* y, size_t n) noexcept {
    if (args.kind == NormKind::None) {
        if (x != y) memmove(y, x, n * sizeof *x);
        return;
    }
    const size_t whole = n / kLanes * kLanes;
    float mean = 0;
    if (args.kind == NormKind::Layer) {
        vf total = vf{};
        for (size_t i = 0; i < whole; i += kLanes) total += load(x + i);
        if (whole < n) total += load_part(x + whole, n - whole);
        mean = sum(total) / static_cast<float>(n);
    }
    vf even = vf{}, odd = vf{};
    size_t i = 0;
    for (; i + 2 * kLanes <= n; i += 2 * kLanes) {
        const vf a = load(x + i) - mean, b = load(x + i + kLanes) - mean;
        even = fma(a, a, even);
        odd = fma(b, b, odd);
    }
    for (; i < n; i += kLanes) {
        vf v = load(x + i, n - i) - mean;
        for (size_t j = n - i; j < kLanes; ++j) v[j] = 0;
        even = fma(v, v, even);
    }
    const float scale = 1 / sqrtf(sum(even + odd) / static_cast<float>(n) + args.eps);
    for (i = 0; i < n; i += kLanes) {
        vf v = (load(x + i, n - i) - mean) * scale;
        if (args.weight) v *= load(args.weight + i, n - i);
        if (args.bias) v += load(args.bias + i, n - i);
        store(y + i, v, n - i);
    }
}

static void finish(const Epilogue& args, ConstRows x, Rows y, size_t rows, size_t n) noexcept {
    for (size_t r = 0; r < rows; ++r) {
        for (size_t i = 0; i < n; i += kLanes) {
            vf v = load(x.row(r) + i, n - i);
            if (args.bias) v += load(args.bias + i, n - i);
            v = activate(args.act, v);
            if (args.mul) v *= load(args.mul.row(r) + i, n - i);
            v *= args.factor;
            if (args.residual) v += load(args.residual.row(r) + i, n - i);
            store(y.row(r) + i, v * args.out_scale, n - i);
        }
    }
}

static void glu_rows(Activation act, ConstRows gate, ConstRows up, Rows y, size_t rows, size_t n) noexcept {
    for (size_t r = 0; r < rows; ++r) {
        for (size_t i = 0; i < n; i += kLanes) {
            store(y.row(r) + i, glu(act, load(gate.row(r) + i, n - i), load(up.row(r) + i, n - i)), n - i);
        }
    }
}

static void softcap_row(float* x, size_t n, float scale, float cap) noexcept {
    for (size_t i = 0; i < n; i += kLanes) {
        vf v = load(x + i, n - i) * scale;
        if (cap > 0) v = cap * tanh(v / cap);
        store(x + i, v, n - i);
    }
}

static void softmax_row(float* x, size_t n) noexcept {
    float m = x[0];
    for (size_t i = 1; i < n; ++i) m = x[i] > m ? x[i] : m;
    float total = 0;
    for (size_t i = 0; i < n; i += kLanes) {
        store(x + i, exp(load(x + i, n - i) - m), n - i);
        for (size_t j = i; j < n && j < i + kLanes; ++j) total += x[j];
    }
    for (size_t i = 0; i < n; ++i) x[i] /= total;
}

static void rope_row(float* x, uint32_t n_rot, bool adjacent, const float* cos, const float* sin) noexcept {
    const uint32_t half = n_rot / 2;
    uint32_t i = 0;
    if (!adjacent) {
        for (; i + kLanes <= half; i += kLanes) {
            const vf a = load(x + i), b = load(x + half + i), c = load(cos + i), s = load(sin + i);
            store(x + i, a * c - b * s);
            store(x + half + i, a * s + b * c);
        }
    }
    for (; i < half; ++i) {
        float &first = adjacent ? x[2 * i] : x[i], &second = adjacent ? x[2 * i + 1] : x[i + half];
        const float a = first, b = second;
        first = a * cos[i] - b * sin[i];
        second = a * sin[i] + b * cos[i];
    }
}

static void to_half(const float* x, uint16_t* y, size_t n) noexcept {
    size_t i = 0;
    for (; i + kLanes <= n; i += kLanes) store_half(y + i, load(x + i));
    for (; i < n; ++i) y[i] = float_to_half_bits(x[i]);
}

static void from_half(const uint16_t* x, float* y, size_t n) noexcept {
    size_t i = 0;
    for (; i + kLanes <= n; i += kLanes) store(y + i, load_half(x + i));
    for (; i < n; ++i) y[i] = half_bits_to_float(x[i]);
}
