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

    // Rows and columns of a result.
    struct Part {
        uint32_t row, rows, begin, n;
    };

    // y = all that is done to x, from the bias and the activation (in args) on. y may be x.
    void finish(const Part& part, Epilogue args, ConstRows x, Rows y) const noexcept {
        args.factor = op_.scale;
        args.out_scale = op_.out_scale;
        const uint32_t alike = row_gate_ ? 1 : part.rows;  // rows with the same factor
        for (uint32_t i = 0; i < part.rows; i += alike) {
            args.mul = mul_.at(part.row + i, part.begin);
            args.residual = residual_.at(part.row + i, part.begin);
            if (row_gate_) args.factor = op_.scale / (1 + std::exp(-row_gate_.row(part.row + i)[0]));
            ops_.finish(args, x.at(i, 0), y.at(i, 0), alike, part.n);
        }
    }

    // y = everything after the product x with matrix j. y may be x, and is where nothing but a factor and a bias follow. x is lost.
    void finish(uint32_t j, const Part& part, Rows x, Rows y) const noexcept {
        if (j > 0 || plain_) return mats_[j].finish(ops_, 0, part.begin, x, part.rows, part.n);
        mats_[0].rescale(ops_, 0, x, part.rows, part.n);
        finish(part, {.bias = mats_[0].bias_at(part.begin), .act = op_.act}, x, y);
    }

    // y = act(gate) * up, and the rest of the epilogue. y may be gate.
    void finish_glu(const Part& part, Rows gate, Rows up, Rows y) const noexcept {
        mats_[0].finish(ops_, 0, part.begin, gate, part.rows, part.n);
        mats_[1].finish(ops_, 0, part.begin, up, part.rows, part.n);
        const bool more = mul_ || row_gate_ || residual_ || op_.scale != 1 || op_.out_scale != 1;
        ops_.glu(op_.act, gate, up, more ? gate : y, part.rows, part.n);  // the residual may be where y is
        if (more) finish(part, {}, gate, y);
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
    LinearVec(const Linear& op, Compiler& c) : LinearBase(op, c), rows_(std::span(mats_).first(op.glu ? 1 : op.n_mats), 4) {
        for (const Mat& m : mats_) {
            acts_.want(m.type, 1);
            widest_ = std::max(widest_, m.n_out);
        }
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
        rows_.share(worker, [&](const Chunk& chunk) {
            const auto [j, begin, end] = chunk;
            const auto product = [&, begin = begin, n = end - begin](const Mat& m, float* y) {
                kernels_.linear_vec(m.type, m.row(begin), op_.n_in, acts_.get(m.type, 1, 1, acts), 0, n, stream_, y);
            };
            const Part part{0, 1, begin, end - begin};
            const Rows y = out_[j].at(0, begin);
            if (op_.glu) {
                product(mats_[0], gate);
                product(mats_[1], up);
                finish_glu(part, {gate}, {up}, y);
            } else if (j == 0 && !plain_) {
                product(mats_[0], gate);
                finish(0, part, {gate}, y);
            } else {
                product(mats_[j], y.data);
                finish(j, part, y, y);
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

    SharedRows rows_;
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
                const uint32_t first = group * i, count = std::min(group, rows - first);
                acts_.prepare_for(rows, normalized_rows(first, count, p.x), count, first, rows, run.shared);
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
    ConstRows normalized_rows(uint32_t first, uint32_t rows, float* x) const noexcept {
        if (norm_.kind == NormKind::None) return in_.at(first, 0);
        for (uint32_t i = 0; i < rows; ++i) normalized(in_.row(first + i), x + size_t{i} * op_.n_in);
        return {x, op_.n_in};
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
        const auto product = [&, begin = begin](const Mat& m, Rows y, const void* then, Rows sums = {}) {
            const bool normed = takes_norm_.at(rest.rows);
            const std::byte* act = normed                 ? takes_norm_.rows.row(r0)
                                   : takes_.at(rest.rows) ? takes_.row(r0)
                                                          : acts_.get(m.type, rest.rows, rest.rows, acts) + r0 * acts_.row_bytes(m.type, rest.rows);
            kernels_.linear_mat({m.type, acts_.form(m.type, rest.rows), m.row(begin), op_.n_in, act, r1 - r0, y, then, rest.turn,
                                 normed ? p.factors + r0 : nullptr, sums}, 0, n, p.scratch);
        };
        const Part part{r0, r1 - r0, begin, n};
        const Rows out = out_[j].at(r0, begin);
        if (plain_ || j > 0) {
            product(mats_[j], out, next, kernels_.wants_sums ? Rows{p.gate, n} : Rows{});
            finish(j, part, out, out);
            return;
        }
        const Rows gate{p.gate, n}, up{p.up, n}, y = gives_.at(rest.rows) ? gate : out;
        product(mats_[0], gate, op_.glu ? mats_[1].row(begin) : next);
        if (op_.glu) {
            product(mats_[1], up, next);
            finish_glu(part, gate, up, y);
        } else {
            finish(0, part, gate, y);
        }
        if (gives_.at(rest.rows)) gives_.put(r0, begin, y, part.rows, n);
        if (gives_norm_.at(rest.rows)) gives_norm_.put(r0, begin, out, part.rows, n);
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
