// Linear: norm, matrices, epilogue. One row: every thread norms it for itself, so that a single barrier ends the step.
// Many rows: the rows are divided, then the weights.
#include <cmath>

#include "backends/cpu/ops/matrix.h"

namespace dlgo::cpu {

namespace {

class LinearBase : public Task {
protected:
    LinearBase(const Linear& op, Compiler& c)
        : op_(op), kernels_(*c.model.kernels), ops_(*c.model.ops), acts_(*c.model.kernels, op.n_in), norm_(c.norm(op.norm)), in_(c.rows(op.in)) {
        for (uint32_t j = 0; j < op.n_mats; ++j) {
            mats_.emplace_back(c, op.mats[j]);
            out_[j] = c.rows(op.out[j]);
        }
        stream_ = c.model.stream;
        mul_ = c.rows(op.mul);
        row_gate_ = c.rows(op.row_gate);
        residual_ = c.rows(op.residual);
        plain_ = !op.glu && op.act == Activation::None && !mul_ && !row_gate_ && op.scale == 1 && !residual_ && op.out_scale == 1;
    }

    // The row after the norm, which may take place in x.
    const float* normalized(const float* row, float* x) const noexcept {
        if (norm_.kind == NormKind::None) return row;
        ops_.normalize(norm_, row, x, op_.n_in);
        return x;
    }

    // What follows the activation.
    Epilogue epilogue(uint32_t row, uint32_t r0) const noexcept {
        const float gate = row_gate_ ? 1 / (1 + std::exp(-row_gate_.row(row)[0])) : 1;
        return {.mul = mul_ ? mul_.row(row) + r0 : nullptr,
                .factor = gate * op_.scale,
                .residual = residual_ ? residual_.row(row) + r0 : nullptr,
                .out_scale = op_.out_scale};
    }

    // Values r0 .. of out[j] in row `row`: y is everything after the product x, which may be the same and is lost.
    void finish(uint32_t j, uint32_t row, uint32_t r0, float* x, float* y, uint32_t n) const noexcept {
        const bool bare = j > 0 || plain_;
        mats_[j].rescale(ops_, 0, x, n);
        Epilogue args = bare ? Epilogue{} : epilogue(row, r0);
        args.bias = mats_[j].bias_at(r0);
        if (!bare) args.act = op_.act;
        if (!bare || args.bias || x != y) ops_.finish(args, x, y, n);
    }

    // y = act(gate) * up, and the rest of the epilogue. y may be gate.
    void finish_glu(uint32_t row, uint32_t r0, float* gate, float* up, float* y, uint32_t n) const noexcept {
        mats_[0].rescale(ops_, 0, gate, n);
        mats_[1].rescale(ops_, 0, up, n);
        if (mats_[0].bias) ops_.finish({.bias = mats_[0].bias_at(r0)}, gate, gate, n);
        if (mats_[1].bias) ops_.finish({.bias = mats_[1].bias_at(r0)}, up, up, n);
        const bool more = mul_ || row_gate_ || residual_ || op_.scale != 1 || op_.out_scale != 1;
        ops_.glu(op_.act, gate, up, more ? gate : y, n);  // the residual may be where y is
        if (more) ops_.finish(epilogue(row, r0), gate, y, n);
    }

    Linear op_;
    const Kernels& kernels_;
    const OpKernels& ops_;
    Activations acts_;
    NormArgs norm_;
    Rows in_, out_[kMaxLinearMats], mul_, row_gate_, residual_;
    std::vector<Mat> mats_;
    bool plain_, stream_;
};

class LinearVec : public LinearBase {
public:
    LinearVec(const Linear& op, Compiler& c) : LinearBase(op, c), chunks_(divide(std::span(mats_).first(op.glu ? 1 : op.n_mats), c.threads, 4)) {
        for (const Mat& m : mats_) acts_.want(m.type, 1);
        for (const Chunk& chunk : chunks_) widest_ = std::max(widest_, chunk.end - chunk.begin);
        for (uint32_t j = 0; j < op.n_mats; ++j) in_is_out_ |= op.in.buffer == op.out[j].buffer;
        Carve carve(nullptr);
        parts(carve);
        c.need_local(carve.used());
    }

    bool run(Worker& worker, const Run& run) const noexcept override {
        Carve carve(run.local);
        const auto [x, acts, gate, up] = parts(carve);
        acts_.prepare(normalized(in_.data, x), 0, 1, acts);
        if (in_is_out_ && !worker.barrier()) return false;
        worker.share(static_cast<uint32_t>(chunks_.size()), [&](uint32_t i) {
            const auto [j, begin, end] = chunks_[i];
            const auto product = [&, begin = begin, n = end - begin](const Mat& m, float* y) {
                kernels_.linear_vec(m.type, m.row(begin), op_.n_in, acts_.get(m.type, 1, 1, acts), 0, n, stream_, y);
            };
            if (op_.glu) {
                product(mats_[0], gate);
                product(mats_[1], up);
                finish_glu(0, begin, gate, up, out_[0].data + begin, end - begin);
            } else if (j == 0 && !plain_) {
                product(mats_[0], gate);
                finish(0, 0, begin, gate, out_[0].data + begin, end - begin);
            } else {
                float* y = out_[j].data + begin;
                product(mats_[j], y);
                finish(j, 0, begin, y, y, end - begin);
            }
            return !worker.cancelled();
        });
        return worker.barrier();
    }

private:
    struct Parts {
        float* x;
        std::byte* acts;
        float *gate, *up;
    };
    Parts parts(Carve& carve) const noexcept {
        Parts p;
        p.x = carve.take<float>(op_.n_in);
        p.acts = carve.take<std::byte>(acts_.bytes(1));
        p.gate = carve.take<float>(widest_);
        p.up = carve.take<float>(widest_);
        return p;
    }

    std::vector<Chunk> chunks_;
    uint32_t widest_ = 0;
    bool in_is_out_ = false;
};

// The product of many rows as tiles that threads take one after the other: panels of weights, the last ones divided by rows, too, so that threads
// end together. A panel is unpacked once for each of its tiles.
class Tiles {
public:
    Tiles(uint32_t panels, uint32_t threads, uint32_t rows) : rows_(rows), panels_(panels) {
        if (threads == 1) {
            whole_ = panels;
        } else if (panels >= 2 * threads) {
            whole_ = panels - threads;
            divide(2);
        } else {
            divide(blocks(panels, threads, rows));
        }
    }

    uint32_t count() const noexcept { return whole_ + (panels_ - whole_) * blocks_; }
    uint32_t panel(uint32_t i) const noexcept { return i < whole_ ? i : whole_ + (i - whole_) % (panels_ - whole_); }
    uint32_t row(uint32_t i) const noexcept { return i < whole_ ? 0 : (i - whole_) / (panels_ - whole_) * block_rows_; }
    uint32_t rows(uint32_t i) const noexcept { return i < whole_ ? rows_ : block_rows_; }

private:
    static constexpr uint32_t kUnit = 32;  // rows

    void divide(uint32_t blocks) noexcept {
        block_rows_ = ((rows_ + blocks - 1) / blocks + kUnit - 1) / kUnit * kUnit;
        blocks_ = (rows_ + block_rows_ - 1) / block_rows_;
    }

    // The fewest with which threads wait for less than an eighth of the time.
    static uint32_t blocks(uint32_t panels, uint32_t threads, uint32_t rows) noexcept {
        const uint32_t most = std::min(4u, (rows + kUnit - 1) / kUnit);
        for (uint32_t blocks = 1; blocks < most; ++blocks) {
            const uint32_t tiles = panels * blocks, turns = (tiles + threads - 1) / threads;
            if (8 * tiles >= 7 * turns * threads) return blocks;
        }
        return std::max(most, 1u);
    }

    uint32_t rows_, panels_, whole_ = 0, blocks_ = 1, block_rows_ = 0;
};

class LinearMatTask : public LinearBase {
public:
    LinearMatTask(const Linear& op, Compiler& c) : LinearBase(op, c), gives_(c.hands.gives), takes_(c.hands.takes), gives_norm_(c.hands.gives_norm), takes_norm_(c.hands.takes_norm), max_rows_(c.max_rows) {
        if (fours_fit()) acts_.take_fours();
        for (const Mat& m : mats_) acts_.want_up_to(m.type, c.max_rows);
        for (const bool many : {false, true}) {
            for (uint32_t j = 0; j < (op.glu ? 1 : op.n_mats); ++j) {
                const uint32_t unit = acts_.panel_rows(mats_[j].type, many ? kLeastOfFours : 2);
                for (uint32_t r = 0; r < mats_[j].n_out; r += unit) panels_[many].push_back({j, r, std::min(mats_[j].n_out, r + unit)});
                widest_ = std::max(widest_, unit);
            }
        }
        Carve carve(nullptr);
        parts(carve);
        c.need_local(carve.used());
        c.need_shared(acts_.bytes(max_rows_));
    }

    bool run(Worker& worker, const Run& run) const noexcept override {
        const uint32_t rows = run.params.rows;
        Carve carve(run.local);
        const Parts p = parts(carve);
        if (takes_norm_.at(rows)) {
            takes_norm_.factors(rows, p.factors);
        } else if (!takes_.at(rows)) {
            const uint32_t group = acts_.group_rows(rows);
            worker.share((rows + group - 1) / group, [&](uint32_t i) {
                const uint32_t first = group * i;
                acts_.prepare_for(rows, normalized_group(first, std::min(group, rows - first), p.x), first, rows, run.shared);
            });
            if (!worker.barrier()) return false;
        }

        const std::vector<Chunk>& panels = panels_[rows >= kLeastOfFours];
        const Tiles tiles(static_cast<uint32_t>(panels.size()), worker.count(), rows);
        for (uint32_t i; (i = worker.next()) < tiles.count() && !worker.cancelled();) {
            const uint32_t later = i + worker.count();
            const Rest rest{rows, later < tiles.count() ? &panels[tiles.panel(later)] : nullptr, worker.index()};
            tile(panels[tiles.panel(i)], tiles.row(i), std::min(rows, tiles.row(i) + tiles.rows(i)), rest, run.shared, p);
        }
        return worker.barrier();
    }

private:
    struct Parts {
        float *x, *factors, *gate, *up;
        std::byte* scratch;
    };
    Parts parts(Carve& carve) const noexcept {
        Parts p;
        p.x = carve.take<float>(size_t{acts_.group_rows(max_rows_)} * op_.n_in);
        p.factors = carve.take<float>(takes_norm_.rows.data ? max_rows_ : 0);
        p.gate = carve.take<float>(size_t{max_rows_} * widest_);
        p.up = carve.take<float>(op_.glu ? size_t{max_rows_} * widest_ : 0);
        p.scratch = carve.take<std::byte>(kernels_.mat_scratch);
        return p;
    }

    // Whether little of the work is for nothing where matrices end within a panel.
    bool fours_fit() const noexcept {
        uint64_t rows = 0, multiplied = 0;
        for (const Mat& m : mats_) {
            rows += m.n_out;
            multiplied += (m.n_out + kFoursPanel - 1) / kFoursPanel * kFoursPanel;
        }
        return 16 * multiplied <= 17 * rows;
    }

    // Rows after the norm, which takes place in x.
    Activations::Group normalized_group(uint32_t first, uint32_t rows, float* x) const noexcept {
        if (norm_.kind == NormKind::None) return {in_.row(first), in_.stride, rows};
        for (uint32_t i = 0; i < rows; ++i) normalized(in_.row(first + i), x + size_t{i} * op_.n_in);
        return {x, op_.n_in, rows};
    }

    // What is around a tile.
    struct Rest {
        uint32_t rows;
        const Chunk* next;  // the panel that the thread is likely to get afterwards
        uint32_t turn;
    };

    void tile(const Chunk& panel, uint32_t r0, uint32_t r1, const Rest& rest, const std::byte* acts, const Parts& p) const noexcept {
        const auto [j, begin, end] = panel;
        const uint32_t n = end - begin;
        const void* next = rest.next ? mats_[rest.next->mat].row(rest.next->begin) : nullptr;
        const auto product = [&, begin = begin](const Mat& m, float* y, size_t stride, const void* then, float* sums = nullptr) {
            const bool normed = takes_norm_.at(rest.rows);
            const std::byte* act = normed                 ? takes_norm_.rows.row(r0)
                                   : takes_.at(rest.rows) ? takes_.row(r0)
                                                          : acts_.get(m.type, rest.rows, rest.rows, acts) + r0 * acts_.row_bytes(m.type, rest.rows);
            kernels_.linear_mat({m.type, acts_.form(m.type, rest.rows), m.row(begin), op_.n_in, act, r1 - r0, y, stride, then, rest.turn,
                                 normed ? p.factors + r0 : nullptr, sums, n}, 0, n, p.scratch);
        };
        if (plain_ || j > 0) {
            product(mats_[j], out_[j].row(r0) + begin, out_[j].stride, next, kernels_.wants_sums ? p.gate : nullptr);
            if (!mats_[j].bias && !mats_[j].scale) return;
            for (uint32_t r = r0; r < r1; ++r) finish(j, r, begin, out_[j].row(r) + begin, out_[j].row(r) + begin, n);
            return;
        }
        product(mats_[0], p.gate, n, op_.glu ? mats_[1].row(begin) : next);
        if (op_.glu) product(mats_[1], p.up, n, next);
        const bool gives = gives_.at(rest.rows), gives_norm = gives_norm_.at(rest.rows);
        for (uint32_t r = r0; r < r1; ++r) {
            float *y = p.gate + size_t{r - r0} * n, *out = out_[0].row(r) + begin;
            if (op_.glu) {
                finish_glu(r, begin, y, p.up + size_t{r - r0} * n, gives ? y : out, n);
            } else {
                finish(0, r, begin, y, gives ? y : out, n);
            }
            if (gives) gives_.put(r, begin, y, n);
            if (gives_norm) gives_norm_.put(r, begin, out, n);
        }
    }

    HandedRows gives_, takes_;
    HandedNorm gives_norm_, takes_norm_;
    std::vector<Chunk> panels_[2];      // for few rows, for many
    uint32_t max_rows_, widest_ = 1;  // rows of activations, and of weights in a panel
};

}  // namespace

void compile(const Linear& op, Compiler& c) {
    if (c.max_rows == 1) {
        c.tasks.push_back(std::make_unique<LinearVec>(op, c));
    } else {
        c.tasks.push_back(std::make_unique<LinearMatTask>(op, c));
    }
}

}  // namespace dlgo::cpu
