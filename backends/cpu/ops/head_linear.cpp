#include "backends/cpu/ops/matrix.h"

namespace dlgo::cpu {

namespace {

class HeadLinearTask : public Task {
public:
    HeadLinearTask(const HeadLinear& op, Compiler& c)
        : op_(op), kernels_(*c.model.kernels), ops_(*c.model.ops), mat_(c, op.mat), acts_(*c.model.kernels, op.n_in),
          in_(c.rows(op.in)), out_(c.rows(op.out)), stream_(c.model.stream) {
        acts_.want_up_to(mat_.type, c.max_rows);
        const auto unit = static_cast<uint32_t>(kernels_.mat_rows(mat_.type));
        // Heads are divided further only where they are fewer than threads can share well.
        const uint32_t parts = std::max(1u, 4 * c.threads / op.n_head);
        step_ = ((mat_.n_out + parts - 1) / parts + unit - 1) / unit * unit;
        c.need_local(kernels_.mat_scratch);
        c.need_shared(op.n_head * acts_.bytes(c.max_rows));
    }

    bool run(Worker& worker, const Run& run) const noexcept override {
        const uint32_t rows = run.params.rows, parts = (mat_.n_out + step_ - 1) / step_;
        const size_t head_bytes = acts_.bytes(rows);
        worker.share(rows * op_.n_head, [&](uint32_t i) {
            const uint32_t r = i / op_.n_head, h = i % op_.n_head;
            const float* x = in_.row(r) + size_t{h} * op_.in_stride;
            acts_.prepare_for(rows, x, r, rows, run.shared + h * head_bytes);
            std::copy(x + op_.n_in, x + op_.n_in + op_.n_tail, out_.row(r) + size_t{h} * op_.out_stride + mat_.n_out);
        });
        if (!worker.barrier()) return false;
        for (uint32_t i; (i = worker.next()) < op_.n_head * parts && !worker.cancelled();) {
            const uint32_t h = i / parts, begin = i % parts * step_, n = std::min(step_, mat_.n_out - begin);
            const std::byte* act = acts_.get(mat_.type, rows, rows, run.shared + h * head_bytes);
            const Rows y = out_.at(0, size_t{h} * op_.out_stride + begin);
            if (rows == 1) {
                kernels_.linear_vec(mat_.type, mat_.row(begin, h), op_.n_in, act, 0, n, stream_, y.data);
            } else {
                kernels_.linear_mat({mat_.type, acts_.form(mat_.type, rows), mat_.row(begin, h), op_.n_in, act, rows, y}, 0, n, run.local);
            }
            mat_.finish(ops_, h, begin, y, rows, n);
        }
        return worker.barrier();
    }

private:
    HeadLinear op_;
    const Kernels& kernels_;
    const OpKernels& ops_;
    Mat mat_;
    Activations acts_;
    Rows in_, out_;
    uint32_t step_;
    bool stream_;
};

}  // namespace

void compile(const HeadLinear& op, Compiler& c) { c.tasks.push_back(std::make_unique<HeadLinearTask>(op, c)); }

}  // namespace dlgo::cpu
