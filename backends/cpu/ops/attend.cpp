// Attention. One row: the keys of a head are divided among threads when there are few heads, and the parts combined.
// Many rows: first every row's keys go to the cache, then blocks of (rows x heads that share keys) run over them.
#include <cmath>

#include "backends/cpu/ops/attend_heads.h"

namespace dlgo::cpu {

namespace {

// Queries from which the kernel for many is the faster one.
constexpr uint32_t kMany = 12;
// Rows that are asked for before they are read.
constexpr uint32_t kRowsAhead = 2;

AttendArgs attend_args(const Attend& op, const AttendHeads& heads, const float* q, uint32_t n_q, AttendState state, float* scratch) {
    AttendArgs args{};
    args.q = q;
    args.n_q = n_q;
    args.k_dim = heads.k_dim();
    args.v_dim = heads.v_dim();
    args.k_stride = heads.cache().k_stride();
    args.v_stride = op.v_in_k ? args.k_stride : heads.cache().v_stride();
    args.f16 = heads.cache().f16();
    args.softcap = op.softcap;
    args.state = state;
    args.scratch = scratch;
    return args;
}

// Softmax state of n_q queries.
AttendState take_state(Carve& carve, uint32_t n_q, uint32_t v_dim) {
    AttendState s;
    s.m = carve.take<float>(pad_head(n_q));
    s.l = carve.take<float>(pad_head(n_q));
    s.acc = carve.take<float>(size_t{pad_head(n_q)} * v_dim);
    return s;
}

void clear(const AttendState& s, uint32_t n_q, uint32_t v_dim) {
    std::fill(s.m, s.m + pad_head(n_q), -INFINITY);
    std::fill(s.l, s.l + pad_head(n_q), 0.0f);
    std::fill(s.acc, s.acc + size_t{pad_head(n_q)} * v_dim, 0.0f);
}

class AttendVec : public Task {
public:
    AttendVec(const Attend& op, Compiler& c) : op_(op), kernels_(*c.model.ops), heads_(op, c) {
        if (c.threads > 1) max_chunks_ = (2 * c.threads + op.n_head_kv - 1) / op.n_head_kv;
        Carve local(nullptr), shared(nullptr);
        local_parts(local);
        for (uint32_t i = 0; i < op.n_head_kv * max_chunks_; ++i) take_state(shared, heads_.group(), heads_.v_dim());
        c.need_local(local.used());
        c.need_shared(shared.used());
    }

    bool run(Worker& worker, const Run& run) const noexcept override {
        constexpr uint32_t kLeastKeys = 256;  // that are worth a chunk of their own
        const uint32_t position = run.params.position, first = heads_.first(position), group = heads_.group();
        const uint32_t n_keys = position + 1 - first, chunks = std::clamp(n_keys / kLeastKeys, 1u, max_chunks_);
        const uint32_t step = ((n_keys + chunks - 1) / chunks + kKeyTile - 1) / kKeyTile * kKeyTile;
        Carve carve(run.local);
        const Local l = local_parts(carve);
        const AttendHeads::Query raw = heads_.query_row(0, l.heads);

        for (uint32_t i; (i = worker.next()) < op_.n_head_kv * chunks;) {
            const uint32_t g = i / chunks, begin = first + std::min(n_keys, i % chunks * step);
            const uint32_t end = std::min(position + 1, begin + step);
            for (uint32_t h = 0; h < group; ++h) {
                heads_.query(raw, g * group + h, 0, position, l.q + size_t{h} * heads_.k_dim());
                l.begin[h] = begin;
                l.end[h] = end;
            }
            const AttendState state = chunks == 1 ? l.state : part(run.shared, i);
            clear(state, group, heads_.v_dim());
            if (begin < end && end == position + 1 && heads_.appends()) heads_.append(g, 0, position, l.append);
            const AttendArgs args = [&] {
                AttendArgs a = attend_args(op_, heads_, l.q, group, state, l.scratch);
                a.begin = l.begin;
                a.end = l.end;
                return a;
            }();
            heads_.cache().runs(g, begin, end, op_.v_in_k, [&](const KvRun& keys) {
                (group >= kMany ? kernels_.attend_many : kernels_.attend_few)(args, keys);
            });
            if (chunks == 1) finish(g, state);
        }
        if (chunks == 1 || !worker.barrier()) return chunks == 1 ? worker.barrier() : false;

        for (uint32_t g; (g = worker.next()) < op_.n_head_kv;) {
            const AttendState sum = part(run.shared, g * chunks);
            for (uint32_t i = 1; i < chunks; ++i) combine(sum, part(run.shared, g * chunks + i));
            finish(g, sum);
        }
        return worker.barrier();
    }

private:
    struct Local {
        float *heads, *append, *q, *scratch;
        uint32_t *begin, *end;
        AttendState state;
    };
    Local local_parts(Carve& carve) const noexcept {
        const uint32_t group = heads_.group();
        Local l;
        l.heads = carve.take<float>(heads_.scratch());
        l.append = carve.take<float>(heads_.scratch());
        l.q = carve.take<float>(size_t{group} * heads_.k_dim());
        l.begin = carve.take<uint32_t>(pad_head(group));
        l.end = carve.take<uint32_t>(pad_head(group));
        l.state = take_state(carve, group, heads_.v_dim());
        l.scratch = carve.take<float>(attend_scratch(group, heads_.k_dim(), heads_.v_dim()));
        return l;
    }

    AttendState part(std::byte* shared, uint32_t index) const noexcept {
        Carve one(nullptr);
        take_state(one, heads_.group(), heads_.v_dim());
        Carve carve(shared + index * one.used());
        return take_state(carve, heads_.group(), heads_.v_dim());
    }

    void combine(const AttendState& to, const AttendState& from) const noexcept {
        const uint32_t v_dim = heads_.v_dim();
        for (uint32_t h = 0; h < heads_.group(); ++h) {
            if (from.m[h] == -INFINITY) continue;
            const float top = std::fmax(to.m[h], from.m[h]), a = std::exp(to.m[h] - top), b = std::exp(from.m[h] - top);
            for (uint32_t i = 0; i < v_dim; ++i) to.acc[h * v_dim + i] = to.acc[h * v_dim + i] * a + from.acc[h * v_dim + i] * b;
            to.l[h] = to.l[h] * a + from.l[h] * b;
            to.m[h] = top;
        }
    }

    void finish(uint32_t g, const AttendState& s) const noexcept {
        const uint32_t group = heads_.group();
        for (uint32_t h = 0; h < group; ++h) {
            const uint32_t head = g * group + h;
            heads_.finish(head, 0, s.m[h], s.l[h], s.acc + size_t{h} * heads_.v_dim(), heads_.out(head, 0));
        }
    }

    Attend op_;
    const OpKernels& kernels_;
    AttendHeads heads_;
    uint32_t max_chunks_ = 1;
};

class AttendMat : public Task {
public:
    AttendMat(const Attend& op, Compiler& c) : op_(op), kernels_(*c.model.ops), gives_(c.hands.gives), heads_(op, c) {
        constexpr uint32_t kQueries = 64;  // of a block
        block_rows_ = std::clamp(kQueries / heads_.group(), 1u, c.max_rows);
        Carve carve(nullptr);
        local_parts(carve);
        c.need_local(carve.used());
    }

    bool run(Worker& worker, const Run& run) const noexcept override {
        const uint32_t rows = run.params.rows, group = heads_.group();
        Carve carve(run.local);
        const Local l = local_parts(carve);
        worker.share(heads_.appends() ? rows * op_.n_head_kv : 0, [&](uint32_t i) {
            const uint32_t row = i % rows;
            if (row + kRowsAhead < rows) heads_.fetch_key(i / rows, row + kRowsAhead);
            heads_.append(i / rows, row, run.params.position + row, l.heads);
        });
        if (!worker.barrier()) return false;
        if (!heads_.attends()) return true;

        const uint32_t blocks = (rows + block_rows_ - 1) / block_rows_;
        for (uint32_t i; (i = worker.next()) < blocks * op_.n_head_kv && !worker.cancelled();) {
            const uint32_t g = i % op_.n_head_kv, r0 = (blocks - 1 - i / op_.n_head_kv) * block_rows_;  // the longest first
            const uint32_t n = std::min(block_rows_, rows - r0), n_q = n * group, p0 = run.params.position + r0;
            std::fill(l.begin, l.begin + pad_head(n_q), 0u);
            std::fill(l.end, l.end + pad_head(n_q), 0u);
            for (uint32_t r = 0; r < n; ++r) {
                for (uint32_t h = 0; h < group && r + kRowsAhead < n; ++h) heads_.fetch_query(g * group + h, r0 + r + kRowsAhead);
                const AttendHeads::Query raw = heads_.query_row(r0 + r, l.heads);
                for (uint32_t h = 0; h < group; ++h) {
                    const uint32_t q = r * group + h;
                    heads_.query(raw, g * group + h, r0 + r, p0 + r, l.q + size_t{q} * heads_.k_dim());
                    l.begin[q] = heads_.first(p0 + r);
                    l.end[q] = p0 + r + 1;
                }
            }
            clear(l.state, n_q, heads_.v_dim());
            AttendArgs args = attend_args(op_, heads_, l.q, n_q, l.state, l.scratch);
            args.bf16_suffices = gives_.at(rows);
            args.begin = l.begin;
            args.end = l.end;
            heads_.cache().runs(g, heads_.first(p0), p0 + n, op_.v_in_k, [&](const KvRun& keys) { kernels_.attend_many(args, keys); });
            for (uint32_t q = 0; q < n_q; ++q) {
                const uint32_t head = g * group + q % group, row = r0 + q / group;
                float* acc = l.state.acc + size_t{q} * heads_.v_dim();
                heads_.finish(head, row, l.state.m[q], l.state.l[q], acc, gives_.at(rows) ? acc : heads_.out(head, row));
                if (gives_.at(rows)) gives_.put(row, size_t{head} * op_.v_dim, {acc}, 1, op_.v_dim);
            }
        }
        return worker.barrier();
    }

private:
    struct Local {
        float *heads, *q, *scratch;
        uint32_t *begin, *end;
        AttendState state;
    };
    Local local_parts(Carve& carve) const noexcept {
        const uint32_t n_q = block_rows_ * heads_.group();
        Local l;
        l.heads = carve.take<float>(heads_.scratch());
        l.q = carve.take<float>(size_t{n_q} * heads_.k_dim());
        l.begin = carve.take<uint32_t>(pad_head(n_q));
        l.end = carve.take<uint32_t>(pad_head(n_q));
        l.state = take_state(carve, n_q, heads_.v_dim());
        l.scratch = carve.take<float>(attend_scratch(n_q, heads_.k_dim(), heads_.v_dim()));
        return l;
    }

    Attend op_;
    const OpKernels& kernels_;
    HandedRows gives_;
    AttendHeads heads_;
    uint32_t block_rows_;
};

}  // namespace

void compile(const Attend& op, Compiler& c) {
    if (c.max_rows == 1 && op.q.valid()) {
        c.tasks.push_back(std::make_unique<AttendVec>(op, c));
    } else {
        c.tasks.push_back(std::make_unique<AttendMat>(op, c));
    }
}

}  // namespace dlgo::cpu
