#include "backends/cpu/compiler.h"

namespace dlgo::cpu {

namespace {

class NormTask : public Task {
public:
    NormTask(const Norm& op, Compiler& c)
        : op_(op), ops_(*c.model.ops), norm_(c.norm(op.norm)), in_(c.rows(op.in)), out_(c.rows(op.out)), gate_(c.rows(op.gate)), residual_(c.rows(op.residual)) {
        weight_per_value_ = c.param_size(op.norm.weight) >= op.n;
        bias_per_value_ = c.param_size(op.norm.bias) >= op.n;
        c.need_local(op.group * sizeof(float));
    }

    bool run(Worker& worker, const Run& run) const noexcept override {
        const uint32_t groups = op_.n / op_.group;
        auto* x = reinterpret_cast<float*>(run.local);
        worker.share(run.params.rows * groups, [&](uint32_t i) {
            const uint32_t row = i / groups, first = i % groups * op_.group;
            const float *in = in_.row(row) + first, *gate = gate_ ? gate_.row(row) + first : nullptr;
            NormArgs norm = norm_;
            if (norm.weight && weight_per_value_) norm.weight += first;
            if (norm.bias && bias_per_value_) norm.bias += first;
            if (gate && op_.gate_first) ops_.glu(Activation::Silu, {gate}, {in}, {x}, 1, op_.group);
            ops_.normalize(norm, gate && op_.gate_first ? x : in, x, op_.group);
            if (gate && !op_.gate_first) ops_.glu(Activation::Silu, {gate}, {x}, {x}, 1, op_.group);
            ops_.finish({.factor = op_.scale, .residual = residual_.at(row, first), .out_scale = op_.out_scale}, {x}, out_.at(row, first), 1, op_.group);
        });
        return worker.barrier();
    }

private:
    Norm op_;
    const OpKernels& ops_;
    NormArgs norm_;
    Rows in_, out_, gate_, residual_;
    bool weight_per_value_, bias_per_value_;
};

class CopyTask : public Task {
public:
    CopyTask(const Copy& op, Compiler& c) : in_(c.rows(op.in)), out_(c.rows(op.out)), n_(op.n) {}

    bool run(Worker& worker, const Run& run) const noexcept override {
        worker.share(run.params.rows, [&](uint32_t i) { std::copy(in_.row(i), in_.row(i) + n_, out_.row(i)); });
        return worker.barrier();
    }

private:
    Rows in_, out_;
    uint32_t n_;
};

}  // namespace

void compile(const Norm& op, Compiler& c) { c.tasks.push_back(std::make_unique<NormTask>(op, c)); }
void compile(const Copy& op, Compiler& c) { c.tasks.push_back(std::make_unique<CopyTask>(op, c)); }

}  // namespace dlgo::cpu
