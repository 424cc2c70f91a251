// Where tokens come in and logits go out.
#include "backends/cpu/ops/matrix.h"

namespace dlgo::cpu {

namespace {

class EmbedTask : public Task {
public:
    EmbedTask(const Embed& op, Compiler& c)
        : kernels_(*c.model.kernels), table_(c, {op.table, 0, c.model.weights->matrices[op.table].n_out}), out_(c.rows(op.out)), scale_(op.scale) {}

    bool run(Worker& worker, const Run& run) const noexcept override {
        worker.share(run.params.rows, [&](uint32_t i) {
            float* y = out_.row(i);
            kernels_.get_row(table_.type, table_.row(static_cast<uint32_t>(run.params.tokens[i])), y, table_.n_in);
            for (uint32_t j = 0; scale_ != 1 && j < table_.n_in; ++j) y[j] *= scale_;
        });
        return worker.barrier();
    }

private:
    const Kernels& kernels_;
    Mat table_;
    Rows out_;
    float scale_;
};

class HeadTask : public Task {
public:
    HeadTask(const Head& op, Compiler& c)
        : op_(op), kernels_(*c.model.kernels), ops_(*c.model.ops), mat_(c, op.mat), acts_(*c.model.kernels, op.n_in), norm_(c.norm(op.norm)),
          in_(c.rows(op.in)), vocab_(std::span(&mat_, 1), static_cast<uint32_t>(kernels_.mat_rows(mat_.type))), max_rows_(c.max_rows),
          n_vocab_(c.model.plan->n_vocab), stream_(c.model.stream) {
        acts_.want_up_to(mat_.type, c.max_rows);
        c.need_local(op.n_in * sizeof(float) + 64 + kernels_.mat_scratch);
        c.need_shared(acts_.bytes(max_rows_));
    }

    bool run(Worker& worker, const Run& run) const noexcept override {
        const uint32_t rows = run.params.logits_rows, first = run.params.rows - rows;
        Carve carve(run.local);
        float* x = carve.take<float>(op_.n_in);
        std::byte* scratch = carve.take<std::byte>(kernels_.mat_scratch);
        worker.share(rows, [&](uint32_t i) {
            ops_.normalize(norm_, in_.row(first + i), x, op_.n_in);
            acts_.prepare_for(rows, x, i, rows, run.shared);
        });
        if (!worker.barrier()) return false;
        if (rows == 0) return worker.barrier();
        vocab_.share(worker, [&](const Chunk& chunk) {
            const uint32_t begin = chunk.begin, n = chunk.end - begin;
            const std::byte* act = acts_.get(mat_.type, rows, rows, run.shared);
            float* y = run.params.logits + begin;
            if (rows == 1) {
                kernels_.linear_vec(mat_.type, mat_.row(begin), op_.n_in, act, 0, n, stream_, y);
            } else {
                kernels_.linear_mat({mat_.type, acts_.form(mat_.type, rows), mat_.row(begin), op_.n_in, act, rows, {y, n_vocab_}}, 0, n, scratch);
            }
            for (uint32_t r = 0; r < rows; ++r, y += n_vocab_) {
                mat_.finish(ops_, 0, begin, {y}, 1, n);
                if (op_.scale != 1 || op_.softcap > 0) ops_.softcap(y, n, op_.scale, op_.softcap);
            }
            return !worker.cancelled();
        });
        return worker.barrier();
    }

private:
    Head op_;
    const Kernels& kernels_;
    const OpKernels& ops_;
    Mat mat_;
    Activations acts_;
    NormArgs norm_;
    Rows in_;
    SharedRows vocab_;
    uint32_t max_rows_, n_vocab_;
    bool stream_;
};

}  // namespace

void compile(const Embed& op, Compiler& c) { c.tasks.push_back(std::make_unique<EmbedTask>(op, c)); }
void compile(const Head& op, Compiler& c) { c.tasks.push_back(std::make_unique<HeadTask>(op, c)); }

}  // namespace dlgo::cpu
