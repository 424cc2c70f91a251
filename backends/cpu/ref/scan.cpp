// The recurrent ops, one row after the other.
#include <algorithm>

#include "backends/cpu/ref/math.h"
#include "backends/cpu/ref/ops.h"

namespace dlgo::ref {

namespace {

// The state before the first row of the run.
Values begin_state(RefContext& ctx, uint16_t state) {
    const std::vector<float>& slot = ctx.slots[state][ctx.params.state_in];
    return ctx.params.position == 0 ? Values(slot.size()) : Values(slot.begin(), slot.end());
}

void end_state(RefContext& ctx, uint16_t state, const Values& s) {
    std::copy(s.begin(), s.end(), ctx.slots[state][ctx.params.state_out].begin());
}

Values l2_normalize(const float* x, uint32_t n, double eps) {
    Values y = load(x, n);
    double squares = 0;
    for (const double v : y) squares += v * v;
    for (double& v : y) v /= std::max(std::sqrt(squares), eps);
    return y;
}

}  // namespace

void run(const Conv& op, RefContext& ctx) {
    Values history = begin_state(ctx, op.state);  // [kernel - 1, n], oldest first
    const float* weight = ctx.param(op.weight);
    const float* bias = ctx.param(op.bias);
    for (uint32_t i = 0; i < ctx.params.rows; ++i) {
        for (uint32_t c = 0; c < op.n; ++c) {
            history.push_back(double{ctx.row(op.in, i)[c]} * (op.pre.valid() ? ctx.row(op.pre, i)[c] : 1));
        }
        for (uint32_t c = 0; c < op.n; ++c) {
            double y = bias ? bias[c] : 0;
            for (uint32_t t = 0; t < op.kernel; ++t) y += weight[size_t{c} * op.kernel + t] * history[size_t{t} * op.n + c];
            y = activate(op.act, y) * (op.post.valid() ? ctx.row(op.post, i)[c] : 1);
            ctx.row(op.out, i)[c] = static_cast<float>(y);
        }
        history.erase(history.begin(), history.begin() + op.n);
    }
    end_state(ctx, op.state, history);
}

void run(const DeltaNet& op, RefContext& ctx) {
    Values state = begin_state(ctx, op.state);
    for (uint32_t i = 0; i < ctx.params.rows; ++i) {
        for (uint32_t h = 0; h < op.n_v; ++h) {
            const uint32_t hk = op.k_by_modulo ? h % op.n_k : h / (op.n_v / op.n_k);
            const Values q = l2_normalize(ctx.row(op.q, i) + size_t{hk} * op.d_k, op.d_k, op.eps);
            const Values k = l2_normalize(ctx.row(op.k, i) + size_t{hk} * op.d_k, op.d_k, op.eps);
            const float* v = ctx.row(op.v, i) + size_t{h} * op.d_v;
            const size_t ab = size_t{h / op.ab_group} * op.ab_stride + h % op.ab_group;
            const double g = std::exp(ctx.param(op.a)[h] * softplus(double{ctx.row(op.alpha, i)[ab]} + ctx.param(op.dt)[h]));
            const double beta = sigmoid(ctx.row(op.beta, i)[ab]);
            double* s = state.data() + size_t{h} * op.d_k * op.d_v;
            for (uint32_t y = 0; y < op.d_v; ++y) {
                double known = 0, out = 0;
                for (uint32_t x = 0; x < op.d_k; ++x) known += (s[size_t{x} * op.d_v + y] *= g) * k[x];
                const double add = beta * (v[y] - known);
                for (uint32_t x = 0; x < op.d_k; ++x) out += (s[size_t{x} * op.d_v + y] += k[x] * add) * q[x];
                ctx.row(op.out, i)[size_t{h} * op.d_v + y] = static_cast<float>(out / std::sqrt(op.d_k));
            }
        }
    }
    end_state(ctx, op.state, state);
}

void run(const Mamba2& op, RefContext& ctx) {
    Values state = begin_state(ctx, op.state);
    for (uint32_t i = 0; i < ctx.params.rows; ++i) {
        for (uint32_t h = 0; h < op.n_head; ++h) {
            const uint32_t group = h / (op.n_head / op.n_group);
            const float* b = ctx.row(op.b, i) + size_t{group} * op.d_state;
            const float* c = ctx.row(op.c, i) + size_t{group} * op.d_state;
            const double dt = softplus(double{ctx.row(op.dt, i)[h]} + ctx.param(op.dt_bias)[h]);
            const double decay = std::exp(dt * ctx.param(op.a)[h]);
            for (uint32_t y = 0; y < op.d_head; ++y) {
                const double x = ctx.row(op.x, i)[size_t{h} * op.d_head + y];
                double* s = state.data() + (size_t{h} * op.d_head + y) * op.d_state;
                double out = ctx.param(op.d)[h] * x;
                for (uint32_t n = 0; n < op.d_state; ++n) {
                    s[n] = decay * s[n] + dt * x * b[n];
                    out += s[n] * c[n];
                }
                ctx.row(op.out, i)[size_t{h} * op.d_head + y] = static_cast<float>(out);
            }
        }
    }
    end_state(ctx, op.state, state);
}

}  // namespace dlgo::ref
