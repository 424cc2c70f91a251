#include "core/plan/step_io.h"

namespace dlgo {

namespace {

struct Visitor {
    const std::function<void(View, uint32_t, bool)>& visit;

    void read(View v, uint32_t n) const {
        if (v.valid()) visit(v, n, false);
    }
    void write(View v, uint32_t n) const {
        if (v.valid()) visit(v, n, true);
    }

    void operator()(const Embed& s) const { write(s.out, 0); }
    void operator()(const Linear& s) const {
        read(s.in, s.n_in);
        read(s.mul, s.mats[0].n_out);
        read(s.row_gate, 1);
        read(s.residual, s.mats[0].n_out);
        for (uint32_t i = 0; i < (s.glu ? 1 : s.n_mats); ++i) write(s.out[i], s.mats[i].n_out);
    }
    void operator()(const HeadLinear& s) const {
        read(s.in, s.in_stride * s.n_head);
        write(s.out, s.out_stride * s.n_head);
    }
    void operator()(const Norm& s) const {
        read(s.in, s.n);
        read(s.gate, s.n);
        read(s.residual, s.n);
        write(s.out, s.n);
    }
    void operator()(const Attend& s) const {
        read(s.q, (s.n_head - 1) * s.q_stride + s.head_dim);
        read(s.k, s.n_head_kv * s.head_dim);
        read(s.v, s.n_head_kv * s.v_dim);
        read(s.gate, (s.n_head - 1) * s.gate_stride + s.v_dim);
        write(s.out, s.n_head * s.v_dim);
    }
    void operator()(const Route& s) const {
        read(s.logits, s.n_expert);
        write(s.ids, s.n_used);
        write(s.weights, s.n_used);
    }
    void operator()(const Experts& s) const {
        read(s.in, s.n_in);
        read(s.ids, s.n_used);
        read(s.weights, s.n_used);
        read(s.residual, s.n_out);
        write(s.hidden, s.n_used * s.n_ff);
        write(s.out, s.n_out);
    }
    void operator()(const Conv& s) const {
        read(s.in, s.n);
        read(s.pre, s.n);
        read(s.post, s.n);
        write(s.out, s.n);
    }
    void operator()(const DeltaNet& s) const {
        const uint32_t ab = (s.n_v - 1) / s.ab_group * s.ab_stride + s.ab_group;
        read(s.q, s.n_k * s.d_k);
        read(s.k, s.n_k * s.d_k);
        read(s.v, s.n_v * s.d_v);
        read(s.alpha, ab);
        read(s.beta, ab);
        write(s.out, s.n_v * s.d_v);
    }
    void operator()(const Mamba2& s) const {
        read(s.x, s.n_head * s.d_head);
        read(s.b, s.n_group * s.d_state);
        read(s.c, s.n_group * s.d_state);
        read(s.dt, s.n_head);
        write(s.out, s.n_head * s.d_head);
    }
    void operator()(const Head& s) const { read(s.in, s.n_in); }
    void operator()(const Copy& s) const {
        read(s.in, s.n);
        write(s.out, s.n);
    }
    void operator()(const Probe& s) const { read(s.in, s.n); }
};

}  // namespace

void step_io(const Step& step, const std::function<void(View, uint32_t, bool)>& visit) {
    std::visit(Visitor{visit}, step.op);
}

std::vector<MatrixId> step_matrices(const Step& step) {
    std::vector<MatrixId> out;
    const auto use = [&](MatrixId id) {
        if (id != kNoMatrix) out.push_back(id);
    };
    if (const auto* s = std::get_if<Embed>(&step.op)) use(s->table);
    if (const auto* s = std::get_if<Linear>(&step.op)) {
        for (uint32_t j = 0; j < s->n_mats; ++j) use(s->mats[j].matrix);
    }
    if (const auto* s = std::get_if<HeadLinear>(&step.op)) use(s->mat.matrix);
    if (const auto* s = std::get_if<Head>(&step.op)) use(s->mat.matrix);
    if (const auto* s = std::get_if<Experts>(&step.op)) {
        for (const MatRef* m : {&s->gate, &s->up, &s->down}) use(m->matrix);
    }
    return out;
}

uint16_t step_state(const Step& step) noexcept {
    if (const auto* s = std::get_if<Attend>(&step.op)) return s->state;
    if (const auto* s = std::get_if<Conv>(&step.op)) return s->state;
    if (const auto* s = std::get_if<DeltaNet>(&step.op)) return s->state;
    if (const auto* s = std::get_if<Mamba2>(&step.op)) return s->state;
    return kNoState;
}

}  // namespace dlgo
