// The recurrent ops: convolution, gated delta rule, Mamba-2.
#include <algorithm>

#include "backends/cpu/compiler.h"

namespace dlgo::cpu {

namespace {

class ConvTask : public Task {
public:
    ConvTask(const Conv& op, Compiler& c)
        : op_(op), kernels_(*c.model.ops), in_(c.rows(op.in)), pre_(c.rows(op.pre)), post_(c.rows(op.post)), out_(c.rows(op.out)), bias_(c.param(op.bias)),
          state_(c.session.recurrent[op.state]), weight_(size_t{op.n} * op.kernel) {
        const float* weight = c.param(op.weight);
        for (uint32_t ch = 0; ch < op.n; ++ch) {
            for (uint32_t t = 0; t < op.kernel; ++t) weight_[size_t{t} * op.n + ch] = weight[size_t{ch} * op.kernel + t];
        }
    }

    bool run(Worker& worker, const Run& run) const noexcept override {
        // Rows are far apart in memory: the longer the pieces of them that follow each other, the better.
        constexpr uint32_t kRows = 64, kLeast = 256, kMost = 2048, kLine = 16;
        const uint32_t rows = run.params.rows, row_blocks = (rows + kRows - 1) / kRows;
        const uint32_t fair = op_.n * row_blocks / (2 * worker.count());
        const uint32_t channels = std::clamp((fair + kLine - 1) / kLine * kLine, kLeast, kMost), channel_blocks = (op_.n + channels - 1) / channels;
        const ConvArgs args{in_.data,        pre_.data, post_.data,           out_.data, in_.stride, pre_.stride, post_.stride, out_.stride,
                            weight_.data(), bias_,     state_.in(run.params), op_.n,     op_.kernel, op_.act};
        worker.share(row_blocks * channel_blocks, [&](uint32_t i) {
            const uint32_t r0 = i / channel_blocks * kRows, c0 = i % channel_blocks * channels;
            const uint32_t r1 = std::min(rows, r0 + kRows), c1 = std::min(op_.n, c0 + channels);
            kernels_.conv(args, r0, r1, c0, c1);
            if (r1 == rows) keep(args, run.params, rows, c0, c1);
        });
        return worker.barrier();
    }

private:
    // The last kernel - 1 inputs, in part from the state before.
    void keep(const ConvArgs& args, const StepParams& params, uint32_t rows, uint32_t c0, uint32_t c1) const noexcept {
        const uint32_t depth = op_.kernel - 1;
        for (uint32_t t = 0; t < depth; ++t) {
            float* to = state_.out(params) + size_t{t} * op_.n;
            const int64_t row = int64_t{rows} - depth + t;
            for (uint32_t ch = c0; ch < c1; ++ch) {
                if (row < 0) {
                    to[ch] = args.history ? args.history[static_cast<size_t>(row + depth) * op_.n + ch] : 0;
                } else {
                    const auto r = static_cast<size_t>(row);
                    to[ch] = in_.row(r)[ch] * (pre_ ? pre_.row(r)[ch] : 1);
                }
            }
        }
    }

    Conv op_;
    const OpKernels& kernels_;
    Rows in_, pre_, post_, out_;
    const float* bias_;
    const RecurrentState& state_;
    std::vector<float> weight_;  // [kernel, n]
};

// First what a chunk's keys come to, chunk by chunk and head by head, then the states, which go from chunk to chunk. Their columns do not
// depend on each other: few heads for many threads are divided by them.
class DeltaTask : public Task {
public:
    DeltaTask(const DeltaNet& op, Compiler& c)
        : op_(op), kernels_(*c.model.ops), q_(c.rows(op.q)), k_(c.rows(op.k)), v_(c.rows(op.v)), alpha_(c.rows(op.alpha)), beta_(c.rows(op.beta)),
          out_(c.rows(op.out)), a_(c.param(op.a)), dt_(c.param(op.dt)), state_(c.session.recurrent[op.state]) {
        const uint32_t tasks = c.threads > 1 && c.max_rows > 1 ? 4 * c.threads : c.threads, parts = (tasks + op.n_v - 1) / op.n_v;
        part_ = std::max(kWidestPanel, (op.d_v + parts - 1) / parts + kWidestPanel - 1) / kWidestPanel * kWidestPanel;
        if (delta_chunk_rows(c.max_rows, 0) > 0) {
            chunks_ = std::min(kMostChunks, (c.max_rows + kScanChunk - 1) / kScanChunk);
            c.need_shared(size_t{op.n_v} * chunks_ * delta_chunk_size(op.d_k) * sizeof(float));
        }
        c.need_local(delta_scratch(op.d_k, op.d_v) * sizeof(float));
    }

    bool run(Worker& worker, const Run& run) const noexcept override {
        const uint32_t at_once = std::max(1u, chunks_) * kScanChunk, parts = (op_.d_v + part_ - 1) / part_;
        for (uint32_t r0 = 0; r0 < run.params.rows; r0 += at_once) {
            const uint32_t rows = std::min(at_once, run.params.rows - r0);
            uint32_t n_chunks = 0;
            for (uint32_t r = 0; delta_chunk_rows(rows, r) > 0; r += kScanChunk) ++n_chunks;
            for (uint32_t i; n_chunks > 0 && (i = worker.next()) < op_.n_v * n_chunks && !worker.cancelled();) {
                const uint32_t h = i / n_chunks, chunk = i % n_chunks, r = chunk * kScanChunk;
                DeltaArgs args = head(h, r0 + r, delta_chunk_rows(rows, r), run);
                args.chunks += chunk * delta_chunk_size(op_.d_k);
                kernels_.delta_keys(args);
            }
            if (n_chunks > 0 && !worker.barrier()) return false;
            for (uint32_t i; (i = worker.next()) < op_.n_v * parts && !worker.cancelled();) {
                const uint32_t h = i / parts, column = i % parts * part_;
                const size_t state = size_t{h} * op_.d_k * op_.d_v + column;
                const float* in = r0 > 0 ? state_.out(run.params) : state_.in(run.params);
                DeltaArgs args = head(h, r0, rows, run);
                args.v += column;
                args.out += column;
                args.d_v = std::min(part_, op_.d_v - column);
                args.state_in = in ? in + state : nullptr;
                args.state_out = state_.out(run.params) + state;
                args.state_stride = op_.d_v;
                kernels_.delta(args);
            }
            if (!worker.barrier()) return false;
        }
        return true;
    }

private:
    static constexpr uint32_t kMostChunks = 4;  // at once

    // Head h from row r on.
    DeltaArgs head(uint32_t h, uint32_t r, uint32_t rows, const Run& run) const noexcept {
        const uint32_t hk = op_.k_by_modulo ? h % op_.n_k : h / (op_.n_v / op_.n_k);
        const size_t ab = size_t{h / op_.ab_group} * op_.ab_stride + h % op_.ab_group;
        DeltaArgs args{};
        args.q = q_.row(r) + size_t{hk} * op_.d_k;
        args.k = k_.row(r) + size_t{hk} * op_.d_k;
        args.v = v_.row(r) + size_t{h} * op_.d_v;
        args.alpha = alpha_.row(r) + ab;
        args.beta = beta_.row(r) + ab;
        args.out = out_.row(r) + size_t{h} * op_.d_v;
        args.q_stride = q_.stride;
        args.k_stride = k_.stride;
        args.v_stride = v_.stride;
        args.alpha_stride = alpha_.stride;
        args.beta_stride = beta_.stride;
        args.out_stride = out_.stride;
        args.rows = rows;
        args.d_k = op_.d_k;
        args.a = a_[h];
        args.dt = dt_[h];
        args.eps = op_.eps;
        args.chunks = reinterpret_cast<float*>(run.shared) + size_t{h} * chunks_ * delta_chunk_size(op_.d_k);
        args.scratch = reinterpret_cast<float*>(run.local);
        return args;
    }

    DeltaNet op_;
    const OpKernels& kernels_;
    Rows q_, k_, v_, alpha_, beta_, out_;
    const float *a_, *dt_;
    const RecurrentState& state_;
    uint32_t part_, chunks_ = 0;
};

class MambaTask : public Task {
public:
    MambaTask(const Mamba2& op, Compiler& c)
        : op_(op), kernels_(*c.model.ops), x_(c.rows(op.x)), b_(c.rows(op.b)), c_(c.rows(op.c)), dt_(c.rows(op.dt)), out_(c.rows(op.out)), a_(c.param(op.a)),
          dt_bias_(c.param(op.dt_bias)), d_(c.param(op.d)), state_(c.session.recurrent[op.state]) {
        c.need_local(mamba_scratch(op.d_head, op.d_state) * sizeof(float));
    }

    bool run(Worker& worker, const Run& run) const noexcept override {
        const size_t size = size_t{op_.d_head} * op_.d_state;
        const float* in = state_.in(run.params);
        for (uint32_t h; (h = worker.next()) < op_.n_head && !worker.cancelled();) {
            const uint32_t group = h / (op_.n_head / op_.n_group);
            MambaArgs args{};
            args.x = x_.data + size_t{h} * op_.d_head;
            args.b = b_.data + size_t{group} * op_.d_state;
            args.c = c_.data + size_t{group} * op_.d_state;
            args.dt = dt_.data + h;
            args.out = out_.data + size_t{h} * op_.d_head;
            args.x_stride = x_.stride;
            args.b_stride = b_.stride;
            args.c_stride = c_.stride;
            args.dt_stride = dt_.stride;
            args.out_stride = out_.stride;
            args.rows = run.params.rows;
            args.d_head = op_.d_head;
            args.d_state = op_.d_state;
            args.a = a_[h];
            args.dt_bias = dt_bias_[h];
            args.d = d_[h];
            args.state_in = in ? in + h * size : nullptr;
            args.state_out = state_.out(run.params) + h * size;
            args.scratch = reinterpret_cast<float*>(run.local);
            kernels_.mamba(args);
        }
        return worker.barrier();
    }

private:
    Mamba2 op_;
    const OpKernels& kernels_;
    Rows x_, b_, c_, dt_, out_;
    const float *a_, *dt_bias_, *d_;
    const RecurrentState& state_;
};

}  // namespace

void compile(const Conv& op, Compiler& c) { c.tasks.push_back(std::make_unique<ConvTask>(op, c)); }
void compile(const DeltaNet& op, Compiler& c) { c.tasks.push_back(std::make_unique<DeltaTask>(op, c)); }
void compile(const Mamba2& op, Compiler& c) { c.tasks.push_back(std::make_unique<MambaTask>(op, c)); }

}  // namespace dlgo::cpu
