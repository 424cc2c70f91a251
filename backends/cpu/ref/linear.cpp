// Everything that multiplies with matrices of weights, but the experts.
#include <algorithm>

#include "backends/cpu/ref/math.h"
#include "backends/cpu/ref/ops.h"

namespace dlgo::ref {

void run(const Embed& op, RefContext& ctx) {
    const uint32_t n = ctx.weights->matrices[op.table].n_in;
    for (uint32_t i = 0; i < ctx.params.rows; ++i) {
        const MatRef table{op.table, 0, 0};
        const std::vector<float> row = ctx.weight_row(table, static_cast<uint32_t>(ctx.params.tokens[i]));
        for (uint32_t j = 0; j < n; ++j) ctx.row(op.out, i)[j] = op.scale * row[j];
    }
}

void run(const Linear& op, RefContext& ctx) {
    for (uint32_t i = 0; i < ctx.params.rows; ++i) {
        const Values h = normalize(ctx, op.norm, load(ctx.row(op.in, i), op.n_in));
        Values y[kMaxLinearMats];
        for (uint32_t j = 0; j < op.n_mats; ++j) {
            for (uint32_t r = 0; r < op.mats[j].n_out; ++r) y[j].push_back(dot(ctx, op.mats[j], r, h));
        }
        for (uint32_t j = 1; j < op.n_mats && !op.glu; ++j) {
            std::copy(y[j].begin(), y[j].end(), ctx.row(op.out[j], i));
        }
        for (uint32_t r = 0; r < op.mats[0].n_out; ++r) {
            double v = op.glu ? glu(op.act, y[0][r], y[1][r]) : activate(op.act, y[0][r]);
            if (op.mul.valid()) v *= ctx.row(op.mul, i)[r];
            if (op.row_gate.valid()) v *= sigmoid(ctx.row(op.row_gate, i)[0]);
            v *= op.scale;
            if (op.residual.valid()) v += ctx.row(op.residual, i)[r];
            ctx.row(op.out[0], i)[r] = static_cast<float>(v * op.out_scale);
        }
    }
}

void run(const HeadLinear& op, RefContext& ctx) {
    for (uint32_t i = 0; i < ctx.params.rows; ++i) {
        for (uint32_t h = 0; h < op.n_head; ++h) {
            const float* in = ctx.row(op.in, i) + size_t{h} * op.in_stride;
            float* out = ctx.row(op.out, i) + size_t{h} * op.out_stride;
            const Values x = load(in, op.n_in);
            for (uint32_t r = 0; r < op.mat.n_out; ++r) out[r] = static_cast<float>(dot(ctx, op.mat, r, x, h));
            for (uint32_t t = 0; t < op.n_tail; ++t) out[op.mat.n_out + t] = in[op.n_in + t];
        }
    }
}

void run(const Head& op, RefContext& ctx) {
    const uint32_t first = ctx.params.rows - ctx.params.logits_rows;
    for (uint32_t i = 0; i < ctx.params.logits_rows; ++i) {
        const Values h = normalize(ctx, op.norm, load(ctx.row(op.in, first + i), op.n_in));
        for (uint32_t r = 0; r < op.mat.n_out; ++r) {
            const double y = op.scale * dot(ctx, op.mat, r, h);
            ctx.params.logits[size_t{i} * ctx.plan->n_vocab + r] = static_cast<float>(softcap(y, op.softcap));
        }
    }
}

}  // namespace dlgo::ref
