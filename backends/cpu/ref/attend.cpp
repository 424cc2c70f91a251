#include <algorithm>
#include <limits>

#include "backends/cpu/ref/math.h"
#include "backends/cpu/ref/ops.h"

namespace dlgo::ref {

namespace {

void rotate(const RefContext& ctx, const RopeSpec& rope, uint32_t position, double* x) {
    const float* inv_freq = ctx.param(rope.inv_freq);
    const uint32_t half = rope.n_rot / 2;
    for (uint32_t i = 0; i < half; ++i) {
        double& a = x[rope.offset + (rope.adjacent ? 2 * i : i)];
        double& b = x[rope.offset + (rope.adjacent ? 2 * i + 1 : i + half)];
        const double angle = static_cast<double>(position) * inv_freq[i];
        const double c = std::cos(angle) * rope.magnitude, s = std::sin(angle) * rope.magnitude;
        const double a0 = a, b0 = b;
        a = a0 * c - b0 * s;
        b = a0 * s + b0 * c;
    }
}

// All heads of q or k: norm, then rope. x: [n_head][dim]
void prepare(const RefContext& ctx, const Attend& op, const NormSpec& norm, uint32_t norm_dims, uint32_t position, uint32_t n_head,
             Values& x) {
    const uint32_t dim = op.head_dim;
    if (op.norm_all) x = normalize(ctx, norm, x);
    for (uint32_t h = 0; h < n_head; ++h) {
        double* head = x.data() + size_t{h} * dim;
        if (!op.norm_all) {
            const Values y = normalize(ctx, norm, Values(head, head + norm_dims));
            std::copy(y.begin(), y.end(), head);
        }
        rotate(ctx, op.rope, position, head);
    }
}

void append(const Attend& op, RefContext& ctx, uint32_t row) {
    const uint32_t position = ctx.params.position + row;
    KvState& kv = ctx.kv[op.state];
    Values k = load(ctx.row(op.k, row), size_t{op.n_head_kv} * op.head_dim);
    prepare(ctx, op, op.k_norm, op.k_norm_dims ? op.k_norm_dims : op.head_dim, position, op.n_head_kv, k);
    std::copy(k.begin(), k.end(), kv.k.begin() + static_cast<ptrdiff_t>(position * k.size()));
    if (op.v_in_k) return;
    for (uint32_t h = 0; h < op.n_head_kv; ++h) {
        const Values v = normalize(ctx, op.v_norm, load(ctx.row(op.v, row) + size_t{h} * op.v_dim, op.v_dim));
        std::copy(v.begin(), v.end(), kv.v.begin() + static_cast<ptrdiff_t>((size_t{position} * op.n_head_kv + h) * op.v_dim));
    }
}

void attend_row(const Attend& op, RefContext& ctx, uint32_t row) {
    const uint32_t position = ctx.params.position + row, dim = op.head_dim;
    const KvState& kv = ctx.kv[op.state];
    const size_t k_row = size_t{op.n_head_kv} * dim, v_row = op.v_in_k ? k_row : size_t{op.n_head_kv} * op.v_dim;
    const uint32_t first = op.window > 0 && position + 1 > op.window ? position + 1 - op.window : 0;
    const float* sinks = ctx.param(op.sinks);

    Values q;
    for (uint32_t h = 0; h < op.n_head; ++h) {
        const float* head = ctx.row(op.q, row) + size_t{h} * op.q_stride;
        q.insert(q.end(), head, head + dim);
    }
    prepare(ctx, op, op.q_norm, dim, position, op.n_head, q);
    const double temperature = 1 + op.temp_scale * std::log(1 + std::floor(double{1} * position / op.temp_length));

    for (uint32_t h = 0; h < op.n_head; ++h) {
        const uint32_t g = h / (op.n_head / op.n_head_kv);
        Values s;
        double highest = sinks ? sinks[h] : -std::numeric_limits<double>::infinity();
        for (uint32_t j = first; j <= position; ++j) {
            const float* k = kv.k.data() + j * k_row + size_t{g} * dim;
            double sum = 0;
            for (uint32_t i = 0; i < dim; ++i) sum += q[size_t{h} * dim + i] * temperature * k[i];
            s.push_back(softcap(op.scale * sum, op.softcap));
            highest = std::max(highest, s.back());
        }
        double total = sinks ? std::exp(sinks[h] - highest) : 0;
        for (double& p : s) total += p = std::exp(p - highest);
        const float* values = op.v_in_k ? kv.k.data() + size_t{g} * dim : kv.v.data() + size_t{g} * op.v_dim;
        for (uint32_t i = 0; i < op.v_dim; ++i) {
            double sum = 0;
            for (uint32_t j = first; j <= position; ++j) sum += s[j - first] * values[j * v_row + i];
            sum /= total;
            if (op.gate.valid()) sum *= sigmoid(ctx.row(op.gate, row)[size_t{h} * op.gate_stride + i]);
            ctx.row(op.out, row)[size_t{h} * op.v_dim + i] = static_cast<float>(sum);
        }
    }
}

}  // namespace

void run(const Attend& op, RefContext& ctx) {
    for (uint32_t i = 0; i < ctx.params.rows; ++i) {
        if (op.k.valid()) append(op, ctx, i);
        if (op.q.valid()) attend_row(op, ctx, i);
    }
}

}  // namespace dlgo::ref
