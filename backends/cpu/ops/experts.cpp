// Experts. One row: the chosen experts' rows are divided among the threads. Many rows: grouped by expert, so that every expert is
// a product of matrices over its rows.
#include <cstring>

#include "backends/cpu/ops/matrix.h"

namespace dlgo::cpu {

namespace {

class ExpertsBase : public Task {
protected:
    ExpertsBase(const Experts& op, Compiler& c)
        : op_(op), kernels_(*c.model.kernels), ops_(*c.model.ops), in_acts_(*c.model.kernels, op.n_in), ff_acts_(*c.model.kernels, op.n_ff), up_(c, op.up),
          down_(c, op.down), norm_(c.norm(op.norm)), in_(c.rows(op.in)), ids_(c.rows(op.ids)), weights_(c.rows(op.weights)),
          hidden_(c.rows(op.hidden)), out_(c.rows(op.out)), residual_(c.rows(op.residual)), threads_(c.threads), stream_(c.model.stream) {
        if (op.glu) gate_ = Mat(c, op.gate);
        if (op.glu) in_acts_.want_up_to(gate_.type, c.max_rows);
        in_acts_.want_up_to(up_.type, c.max_rows);
        ff_acts_.want_up_to(down_.type, c.max_rows);
    }

    uint32_t id(uint32_t row, uint32_t used) const noexcept {
        uint32_t e;
        std::memcpy(&e, ids_.row(row) + used, sizeof e);
        return std::min(e, op_.n_expert - 1);
    }

    // y = act(gate) * up or act(up), scales and biases applied. y may be gate.
    void activate(uint32_t e, uint32_t begin, Rows gate, Rows up, Rows y, uint32_t rows, uint32_t n) const noexcept {
        up_.finish(ops_, e, begin, up, rows, n);
        if (op_.glu) {
            gate_.finish(ops_, e, begin, gate, rows, n);
            ops_.glu(op_.act, gate, up, y, rows, n);
        } else {
            ops_.finish({.act = op_.act}, up, y, rows, n);
        }
    }

    // Rows per piece so that `count` matrices of n_out rows make enough pieces.
    uint32_t step(uint32_t n_out, uint32_t count, uint32_t unit) const noexcept {
        const uint32_t pieces = std::max(1u, (6 * threads_ + count - 1) / count);
        const uint32_t rows = (n_out + pieces - 1) / pieces;
        return std::max(unit, (rows + unit - 1) / unit * unit);
    }

    Experts op_;
    const Kernels& kernels_;
    const OpKernels& ops_;
    Activations in_acts_, ff_acts_;
    Mat gate_, up_, down_;
    NormArgs norm_;
    Rows in_, ids_, weights_, hidden_, out_, residual_;
    uint32_t threads_;
    bool stream_;
};

class ExpertsVec : public ExpertsBase {
public:
    ExpertsVec(const Experts& op, Compiler& c) : ExpertsBase(op, c), up_step_(step(op.n_ff, op.n_used, 4)), down_step_(step(op.n_out, 1, 4)) {
        Carve carve(nullptr);
        parts(carve);
        c.need_local(carve.used());
    }

    bool run(Worker& worker, const Run& run) const noexcept override {
        Carve carve(run.local);
        const Parts p = parts(carve);
        ops_.normalize(norm_, in_.data, p.x, op_.n_in);
        in_acts_.prepare(p.x, 0, 1, p.acts);
        const uint32_t pieces = (op_.n_ff + up_step_ - 1) / up_step_;
        worker.share(op_.n_used * pieces, [&](uint32_t i) {
            const uint32_t used = i / pieces, e = id(0, used), begin = i % pieces * up_step_, n = std::min(up_step_, op_.n_ff - begin);
            if (op_.glu) product(gate_, e, begin, n, in_acts_, p.acts, p.gate);
            product(up_, e, begin, n, in_acts_, p.acts, p.up);
            activate(e, begin, {p.gate}, {p.up}, {hidden_.data + size_t{used} * op_.n_ff + begin}, 1, n);
        });
        if (!worker.barrier()) return false;

        for (uint32_t j = 0; j < op_.n_used; ++j) {
            ff_acts_.prepare(hidden_.data + size_t{j} * op_.n_ff, 0, 1, p.ff_acts + j * ff_acts_.bytes(1));
        }
        worker.share((op_.n_out + down_step_ - 1) / down_step_, [&](uint32_t i) {
            const uint32_t begin = i * down_step_, n = std::min(down_step_, op_.n_out - begin);
            std::fill(p.gate, p.gate + n, 0.0f);
            for (uint32_t j = 0; j < op_.n_used; ++j) {
                const uint32_t e = id(0, j);
                product(down_, e, begin, n, ff_acts_, p.ff_acts + j * ff_acts_.bytes(1), p.up);
                down_.finish(ops_, e, begin, {p.up}, 1, n);
                ops_.finish({.factor = weights_.data[j], .residual = {p.gate}}, {p.up}, {p.gate}, 1, n);
            }
            ops_.finish({.factor = op_.scale, .residual = residual_.at(0, begin)}, {p.gate}, out_.at(0, begin), 1, n);
        });
        return worker.barrier();
    }

private:
    struct Parts {
        float *x, *gate, *up;
        std::byte *acts, *ff_acts;
    };
    Parts parts(Carve& carve) const noexcept {
        const uint32_t widest = std::max(up_step_, down_step_);
        Parts p;
        p.x = carve.take<float>(op_.n_in);
        p.gate = carve.take<float>(widest);
        p.up = carve.take<float>(widest);
        p.acts = carve.take<std::byte>(in_acts_.bytes(1));
        p.ff_acts = carve.take<std::byte>(op_.n_used * ff_acts_.bytes(1));
        return p;
    }

    void product(const Mat& m, uint32_t e, uint32_t begin, uint32_t n, const Activations& acts, const std::byte* act, float* y) const noexcept {
        kernels_.linear_vec(m.type, m.row(begin, e), m.n_in, acts.get(m.type, 1, 1, act), 0, n, stream_, y);
    }

    uint32_t up_step_, down_step_;
};

class ExpertsMat : public ExpertsBase {
public:
    ExpertsMat(const Experts& op, Compiler& c) : ExpertsBase(op, c), max_rows_(c.max_rows), up_unit_(unit(up_)), down_unit_(unit(down_)) {
        Carve shared(nullptr), local(nullptr);
        shared_parts(shared, max_rows_);
        local_parts(local);
        c.need_shared(shared.used());
        c.need_local(local.used());
    }

    bool run(Worker& worker, const Run& run) const noexcept override {
        const uint32_t rows = run.params.rows, slots = rows * op_.n_used;
        Carve shared_carve(run.shared), local_carve(run.local);
        const Shared s = shared_parts(shared_carve, rows);
        const Local l = local_parts(local_carve);

        if (worker.index() == 0) group(rows, s);
        if (!worker.barrier()) return false;

        worker.share(rows, [&](uint32_t r) {
            ops_.normalize(norm_, in_.row(r), l.x, op_.n_in);
            for (uint32_t j = 0; j < op_.n_used; ++j) in_acts_.prepare_for(s.count(id(r, j)), l.x, s.row_slot[size_t{r} * op_.n_used + j], slots, s.acts);
        });
        if (!worker.barrier()) return false;

        const uint32_t up_panels = (op_.n_ff + up_unit_ - 1) / up_unit_;
        for (uint32_t i; (i = worker.next()) < op_.n_expert * up_panels && !worker.cancelled();) {
            const uint32_t e = i / up_panels;
            if (s.count(e) > 0) hidden_tile(e, i % up_panels * up_unit_, slots, worker.index(), s, l);
        }
        if (!worker.barrier()) return false;

        if (!all_rounded(s)) {
            worker.share(slots, [&](uint32_t i) {
                const uint32_t count = s.count(s.slot_expert[i]);
                if (!rounds(count)) ff_acts_.prepare_for(count, s.hidden + size_t{i} * op_.n_ff, i, slots, s.ff_acts);
            });
            if (!worker.barrier()) return false;
        }

        // A thread owns columns of the result, so that the experts' parts can be added in place.
        for (uint32_t i; (i = worker.next()) * down_unit_ < op_.n_out && !worker.cancelled();) out_columns(i * down_unit_, rows, slots, s, l);
        return worker.barrier();
    }

private:
    struct Shared {
        uint32_t* first;      // [n_expert + 1] slots of an expert
        uint32_t* slot_row;   // [slots] row
        uint32_t* slot_expert;  // [slots]
        uint32_t* row_slot;   // [rows, n_used] slot
        float* slot_weight;   // [slots]
        float* hidden;        // [slots, n_ff], but for slots of experts that rounds()
        std::byte *acts, *ff_acts;  // of slots

        uint32_t count(uint32_t expert) const noexcept { return first[expert + 1] - first[expert]; }
    };
    Shared shared_parts(Carve& carve, uint32_t rows) const noexcept {
        const size_t slots = size_t{rows} * op_.n_used;
        Shared s;
        s.first = carve.take<uint32_t>(op_.n_expert + 1);
        s.slot_row = carve.take<uint32_t>(slots);
        s.slot_expert = carve.take<uint32_t>(slots);
        s.row_slot = carve.take<uint32_t>(slots);
        s.slot_weight = carve.take<float>(slots);
        s.hidden = carve.take<float>(slots * op_.n_ff);
        s.acts = carve.take<std::byte>(in_acts_.bytes(slots));
        s.ff_acts = carve.take<std::byte>(ff_acts_.bytes(slots));
        return s;
    }

    uint32_t unit(const Mat& m) const noexcept { return static_cast<uint32_t>(kernels_.mat_rows(m.type)); }

    // Whether an expert with so many rows leaves its hidden values in the form in which its last matrix wants them.
    bool rounds(uint32_t count) const noexcept {
        return kernels_.to_bf16 && HandedRows::fits(op_.n_ff) && ff_acts_.form(down_.type, count) == ActForm::BF16;
    }
    // Hidden values of slots of an expert with so many rows.
    HandedRows handed(uint32_t count, uint32_t slots, const Shared& s) const noexcept {
        if (!rounds(count)) return {};
        return {ff_acts_.get(down_.type, count, slots, s.ff_acts), ff_acts_.row_bytes(down_.type, count), &kernels_, down_.type};
    }
    bool all_rounded(const Shared& s) const noexcept {
        for (uint32_t e = 0; e < op_.n_expert; ++e) {
            if (s.count(e) > 0 && !rounds(s.count(e))) return false;
        }
        return true;
    }

    struct Local {
        float *x, *gate, *up;
        std::byte* scratch;
    };
    Local local_parts(Carve& carve) const noexcept {
        Local l;
        l.x = carve.take<float>(op_.n_in);
        l.gate = carve.take<float>(size_t{max_rows_} * std::max(up_unit_, down_unit_));
        l.up = carve.take<float>(size_t{max_rows_} * up_unit_);
        l.scratch = carve.take<std::byte>(kernels_.mat_scratch);
        return l;
    }

    void group(uint32_t rows, const Shared& s) const noexcept {
        std::fill(s.first, s.first + op_.n_expert + 1, 0u);
        for (uint32_t r = 0; r < rows; ++r) {
            for (uint32_t j = 0; j < op_.n_used; ++j) ++s.first[id(r, j) + 1];
        }
        for (uint32_t e = 0; e < op_.n_expert; ++e) s.first[e + 1] += s.first[e];
        for (uint32_t r = rows; r-- > 0;) {  // from the end, so that first[e + 1] runs down to the expert's first slot
            for (uint32_t j = 0; j < op_.n_used; ++j) {
                const uint32_t slot = --s.first[id(r, j) + 1];
                s.slot_row[slot] = r;
                s.slot_expert[slot] = id(r, j);
                s.row_slot[size_t{r} * op_.n_used + j] = slot;
                s.slot_weight[slot] = weights_.row(r)[j];
            }
        }
        for (uint32_t e = 0; e < op_.n_expert; ++e) s.first[e] = s.first[e + 1];
        s.first[op_.n_expert] = rows * op_.n_used;
    }

    void hidden_tile(uint32_t e, uint32_t begin, uint32_t slots, uint32_t turn, const Shared& s, const Local& l) const noexcept {
        const uint32_t first = s.first[e], count = std::min(s.count(e), max_rows_), n = std::min(up_unit_, op_.n_ff - begin);
        const auto product = [&](const Mat& m, Rows y, const Mat* next) {
            const std::byte* act = in_acts_.get(m.type, count, slots, s.acts) + first * in_acts_.row_bytes(m.type, count);
            const void* then = next ? next->row(begin, e) : nullptr;
            kernels_.linear_mat({m.type, in_acts_.form(m.type, count), m.row(begin, e), op_.n_in, act, count, y, then, turn}, 0, n, l.scratch);
        };
        const Rows gate{l.gate, n}, up{l.up, n};
        if (op_.glu) product(gate_, gate, &up_);
        product(up_, up, nullptr);
        const HandedRows gives = handed(count, slots, s);
        const Rows y = gives.data ? gate : Rows{s.hidden + size_t{first} * op_.n_ff + begin, op_.n_ff};
        activate(e, begin, gate, up, y, count, n);
        if (gives.data) gives.put(first, begin, y, count, n);
    }

    void out_columns(uint32_t begin, uint32_t rows, uint32_t slots, const Shared& s, const Local& l) const noexcept {
        const uint32_t n = std::min(down_unit_, op_.n_out - begin);
        for (uint32_t r = 0; r < rows; ++r) {
            float* y = out_.row(r) + begin;
            const float* residual = residual_ ? residual_.row(r) + begin : nullptr;
            if (!residual) std::fill(y, y + n, 0.0f);
            if (residual && residual != y) std::copy(residual, residual + n, y);
        }
        for (uint32_t e = 0; e < op_.n_expert; ++e) {
            const uint32_t first = s.first[e], count = std::min(s.count(e), max_rows_);
            if (count == 0) continue;
            const Rows part{l.gate, n};
            const std::byte* act = ff_acts_.get(down_.type, count, slots, s.ff_acts) + first * ff_acts_.row_bytes(down_.type, count);
            kernels_.linear_mat({down_.type, ff_acts_.form(down_.type, count), down_.row(begin, e), op_.n_ff, act, count, part}, 0, n, l.scratch);
            down_.finish(ops_, e, begin, part, count, n);
            for (uint32_t i = 0; i < count; ++i) {
                const Rows y = out_.at(s.slot_row[first + i], begin);
                ops_.finish({.factor = s.slot_weight[first + i] * op_.scale, .residual = y}, part.at(i, 0), y, 1, n);
            }
        }
    }

    uint32_t max_rows_, up_unit_, down_unit_;  // of weights: rows of a panel
};

}  // namespace

void compile(const Experts& op, Compiler& c) {
    if (c.max_rows == 1) {
        c.tasks.push_back(std::make_unique<ExpertsVec>(op, c));
    } else {
        c.tasks.push_back(std::make_unique<ExpertsMat>(op, c));
    }
}

}  // namespace dlgo::cpu
