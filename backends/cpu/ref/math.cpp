#include "backends/cpu/ref/math.h"

#include <algorithm>

namespace dlgo::ref {

double activate(Activation act, double x) {
    constexpr double kSqrt2OverPi = 0.79788456080286535588;
    switch (act) {
        case Activation::None: return x;
        case Activation::Silu: return silu(x);
        case Activation::Gelu: return 0.5 * x * (1 + std::tanh(kSqrt2OverPi * (x + 0.044715 * x * x * x)));
        case Activation::Relu2: return x > 0 ? x * x : x * 0;
        case Activation::Sigmoid: return sigmoid(x);
        case Activation::SwigluOai: break;  // needs two operands
    }
    return x;
}

double glu(Activation act, double gate, double up) {
    if (act != Activation::SwigluOai) return activate(act, gate) * up;
    const double g = std::min(gate, 7.0), u = std::clamp(up, -7.0, 7.0);
    return g * sigmoid(1.702 * g) * (u + 1);
}

Values normalize(const NormSpec& spec, const Values& x, const float* weight, const float* bias) {
    if (spec.kind == NormKind::None) return x;
    const double n = static_cast<double>(x.size());
    double mean = 0, squares = 0;
    if (spec.kind == NormKind::Layer) {
        for (const double v : x) mean += v / n;
    }
    for (const double v : x) squares += (v - mean) * (v - mean);
    const double scale = 1 / std::sqrt(squares / n + spec.eps);
    Values y(x.size());
    for (size_t i = 0; i < x.size(); ++i) y[i] = (x[i] - mean) * scale * (weight ? weight[i] : 1) + (bias ? bias[i] : 0);
    return y;
}

Values normalize(const RefContext& ctx, const NormSpec& spec, const Values& x) {
    return normalize(spec, x, ctx.param(spec.weight), ctx.param(spec.bias));
}

double dot(const RefContext& ctx, const MatRef& mat, uint32_t r, const Values& x, uint32_t index) {
    const std::vector<float> w = ctx.weight_row(mat, r, index);
    const float* bias = ctx.param(mat.bias);
    const float* scale = ctx.param(mat.scale);
    double sum = 0;
    for (size_t i = 0; i < x.size(); ++i) sum += w[i] * x[i];
    return sum * (scale ? scale[index] : 1) + (bias ? bias[size_t{index} * mat.n_out + r] : 0);
}

}  // namespace dlgo::ref
