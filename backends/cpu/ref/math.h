// Scalar functions and the pieces that several ops share.
#pragma once
#include <cmath>
#include <vector>

#include "backends/cpu/ref/ref.h"

namespace dlgo::ref {

using Values = std::vector<double>;

inline double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
inline double silu(double x) { return x * sigmoid(x); }
inline double softplus(double x) { return x > 30 ? x : std::log1p(std::exp(x)); }
inline double softcap(double x, double cap) { return cap > 0 ? cap * std::tanh(x / cap) : x; }
double activate(Activation act, double x);
double glu(Activation act, double gate, double up);

// x normalized; weight and bias have x.size() values and may be null.
Values normalize(const NormSpec& spec, const Values& x, const float* weight, const float* bias);
Values normalize(const RefContext& ctx, const NormSpec& spec, const Values& x);

// Row r of the matrix times x, plus the bias.
double dot(const RefContext& ctx, const MatRef& mat, uint32_t r, const Values& x, uint32_t index = 0);

inline Values load(const float* p, size_t n) { return Values(p, p + n); }

}  // namespace dlgo::ref
