// Linear and Head.
#include "backends/vulkan/ops/linear_compiler.h"
#include "backends/vulkan/ops/ops.h"
#include "backends/vulkan/weight_layout.h"

namespace dlgo::vulkan {

namespace {

bool has_linear(Type type) noexcept { return !planes(type).empty() && has_shader(std::string("linear_vec.") + traits(type).name); }

void set_epilogue(LinearArgs& args, const Linear& op, const Compiler& c) {
    args.mul_at = c.at(op.mul);
    args.mul_stride = c.stride(op.mul);
    args.gate_at = c.at(op.row_gate);
    args.gate_stride = c.stride(op.row_gate);
    args.residual_at = c.at(op.residual);
    args.residual_stride = c.stride(op.residual);
    args.scale = op.scale;
    args.out_scale = op.out_scale;
}

bool same_format(const Linear& op, const Weights& w) { return w.matrices[op.mats[0].matrix].type == w.matrices[op.mats[1].matrix].type; }

// The two products to scratch memory, then the epilogue over them.
void compile_split_glu(const Linear& op, Compiler& c) {
    const uint32_t n = op.mats[0].n_out, at = c.scratch() + static_cast<uint32_t>(prepared_floats(op.n_in, c.max_rows));
    const uint32_t out_at[2] = {at, at + n * c.max_rows}, strides[2] = {n, n};
    LinearCompiler(c, "glu", op.in, op.n_in, op.norm, Activation::None, false).plain(std::span(op.mats, 2), out_at, strides);
    LinearArgs args;
    args.act = c.act();
    args.params = c.params();
    args.run = c.run();
    args.n_mats = 1;
    args.n_out[0] = n;
    args.out_at[0] = c.at(op.out[0]);
    args.out_stride[0] = c.stride(op.out[0]);
    args.in_at = out_at[0];
    args.norm_weight = out_at[1];
    args.in_stride = n;
    set_epilogue(args, op, c);
    c.add("glu", "glu", {0, static_cast<uint32_t>(op.act), 1}, args, [n](const Shape& s) { return Groups{ceil_div(n, 128), s.rows, 1}; });
}

bool supported(const MatRef& mat, const Weights& weights) noexcept {
    const Matrix& m = weights.matrices[mat.matrix];
    return m.count == 1 && has_linear(m.type) && mat.scale == kNoParam;
}

}  // namespace

bool supported(const Linear& op, const Weights& weights) noexcept {
    for (uint32_t j = 0; j < op.n_mats; ++j) {
        if (!supported(op.mats[j], weights)) return false;
    }
    return true;
}

bool supported(const Head& op, const Weights& weights) noexcept { return supported(op.mat, weights); }

void compile(const Linear& op, Compiler& c) {
    if (op.glu && !same_format(op, *c.model.weights)) return compile_split_glu(op, c);
    LinearCompiler linear(c, "linear", op.in, op.n_in, op.norm, op.act, false);
    set_epilogue(linear.base(), op, c);
    uint32_t out_at[kMaxLinearMats], strides[kMaxLinearMats];
    for (uint32_t j = 0; j < op.n_mats; ++j) {
        out_at[j] = c.at(op.out[j]);
        strides[j] = c.stride(op.out[j]);
    }
    if (op.glu) {
        linear.glu(op.mats[0], op.mats[1], out_at[0], strides[0]);
    } else {
        linear.plain(std::span(op.mats, op.n_mats), out_at, strides);
    }
}

void compile(const Head& op, Compiler& c) {
    LinearCompiler linear(c, "head", op.in, op.n_in, op.norm, Activation::None, true);
    linear.base().scale = op.scale;
    linear.base().softcap = op.softcap;
    const auto out_at = static_cast<uint32_t>(c.session.layout.logits);
    linear.plain(std::span(&op.mat, 1), &out_at, &c.model.plan->n_vocab);
}

uint64_t scratch_floats(const Op& op, const Weights& weights, uint32_t rows) noexcept {
    if (const auto* linear = std::get_if<Linear>(&op)) {
        uint64_t floats = prepared_floats(linear->n_in, rows);
        if (linear->glu && !same_format(*linear, weights)) floats += uint64_t{2} * linear->mats[0].n_out * rows;
        return floats;
    }
    if (const auto* head = std::get_if<Head>(&op)) return prepared_floats(head->n_in, kLogitsRows);
    if (const auto* attend = std::get_if<Attend>(&op)) return attend_scratch(*attend, rows);
    return 0;
}

}  // namespace dlgo::vulkan
