#include "backends/vulkan/compiler.h"
#include "backends/vulkan/ops/ops.h"

namespace dlgo::vulkan {

namespace {

// Arguments of shaders/norm.comp.
struct NormArgs {
    VkDeviceAddress act, params, run;
    uint32_t in_at, in_stride, out_at, out_stride, gate_at, gate_stride, residual_at, residual_stride;
    uint32_t group, weight, bias, weight_step;
    float eps, scale, out_scale;
};

void add_norm(Compiler& c, const Norm& op, const char* name, View out) {
    const auto n_values = [&](ParamId id) { return id == kNoParam ? 0 : c.model.weights->params[id].values.size(); };
    NormArgs args{};
    args.act = c.act();
    args.params = c.params();
    args.run = c.run();
    args.in_at = c.at(op.in);
    args.in_stride = c.stride(op.in);
    args.out_at = c.at(out);
    args.out_stride = c.stride(out);
    args.gate_at = c.at(op.gate);
    args.gate_stride = c.stride(op.gate);
    args.residual_at = c.at(op.residual);
    args.residual_stride = c.stride(op.residual);
    args.group = op.group;
    args.weight = c.param(op.norm.weight);
    args.bias = c.param(op.norm.bias);
    args.weight_step = std::max(n_values(op.norm.weight), n_values(op.norm.bias)) >= op.n ? op.group : 0;
    args.eps = op.norm.eps;
    args.scale = op.scale;
    args.out_scale = op.out_scale;
    const uint32_t groups = op.n / op.group;
    c.add(name, "norm", {static_cast<uint32_t>(op.norm.kind), op.gate_first}, args, [groups](const Shape& s) { return Groups{groups, s.rows, 1}; });
}

}  // namespace

// One array of weights for all groups, or one part for each: not a mix of both.
bool supported(const Norm& op, const Weights& weights) noexcept {
    if (op.norm.weight == kNoParam || op.norm.bias == kNoParam) return true;
    return weights.params[op.norm.weight].values.size() == weights.params[op.norm.bias].values.size();
}

void compile(const Norm& op, Compiler& c) { add_norm(c, op, "norm", op.out); }

void compile(const Copy& op, Compiler& c) {
    Norm copy;
    copy.in = op.in;
    copy.n = copy.group = op.n;
    add_norm(c, copy, "copy", op.out);
}

}  // namespace dlgo::vulkan
