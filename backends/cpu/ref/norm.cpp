#include "backends/cpu/ref/math.h"
#include "backends/cpu/ref/ops.h"

namespace dlgo::ref {

// Weights of group g: shared by all groups, or a part of [n].
static const float* of_group(const RefContext& ctx, ParamId id, const Norm& op, uint32_t first) {
    const float* values = ctx.param(id);
    return values && ctx.weights->params[id].values.size() >= op.n ? values + first : values;
}

void run(const Norm& op, RefContext& ctx) {
    for (uint32_t i = 0; i < ctx.params.rows; ++i) {
        for (uint32_t first = 0; first < op.n; first += op.group) {
            Values x = load(ctx.row(op.in, i) + first, op.group);
            const float* gate = op.gate.valid() ? ctx.row(op.gate, i) + first : nullptr;
            for (uint32_t j = 0; gate && op.gate_first && j < op.group; ++j) x[j] *= silu(gate[j]);
            x = normalize(op.norm, x, of_group(ctx, op.norm.weight, op, first), of_group(ctx, op.norm.bias, op, first));
            for (uint32_t j = 0; j < op.group; ++j) {
                double y = x[j];
                if (gate && !op.gate_first) y *= silu(gate[j]);
                y *= op.scale;
                if (op.residual.valid()) y += ctx.row(op.residual, i)[first + j];
                ctx.row(op.out, i)[first + j] = static_cast<float>(y * op.out_scale);
            }
        }
    }
}

void run(const Copy& op, RefContext& ctx) {
    for (uint32_t i = 0; i < ctx.params.rows; ++i) {
        const Values x = load(ctx.row(op.in, i), op.n);
        std::copy(x.begin(), x.end(), ctx.row(op.out, i));
    }
}

void run(const Probe&, RefContext&) {}

}  // namespace dlgo::ref
