#include "core/plan/step_io.h"

#include <algorithm>

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

static bool appends(const Step& step) noexcept {
    const auto* attend = std::get_if<Attend>(&step.op);
    return step_state(step) != kNoState && (!attend || attend->k.valid());
}

static bool overlap(View a, uint32_t a_width, View b, uint32_t b_width) noexcept {
    return a.valid() && a.buffer == b.buffer && a.offset < b.offset + b_width && b.offset < a.offset + a_width;
}

// Matrices whose results attention appends, and the others.
static std::pair<Linear, Linear> part_projection(const Linear& projection, const Attend& attend) {
    Linear appended = projection, others = projection;
    appended.n_mats = others.n_mats = 0;
    for (uint32_t i = 0; i < projection.n_mats; ++i) {
        const uint32_t width = projection.mats[i].n_out;
        const bool appends = overlap(attend.k, attend.n_head_kv * attend.head_dim, projection.out[i], width) ||
                             overlap(attend.v, attend.n_head_kv * attend.v_dim, projection.out[i], width);
        Linear& part = appends ? appended : others;
        part.mats[part.n_mats] = projection.mats[i];
        part.out[part.n_mats++] = projection.out[i];
    }
    return {appended, others};
}

static bool overwrites_input(const Linear& linear) noexcept {
    return std::any_of(linear.out, linear.out + linear.n_mats, [&](View out) { return out.buffer == linear.in.buffer; });
}

PartedSteps part_steps(std::span<const Step> steps, size_t parting) {
    PartedSteps parted;
    const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(parting);
    parted.all.assign(steps.begin(), middle);
    const Attend* attend = parting > 0 ? std::get_if<Attend>(&steps[parting - 1].op) : nullptr;
    if (attend) {
        const Linear* projection = parting > 1 ? std::get_if<Linear>(&steps[parting - 2].op) : nullptr;
        if (projection && projection->n_mats > 1 && !projection->glu && !overwrites_input(*projection)) {
            const auto [appended, others] = part_projection(*projection, *attend);
            if (appended.n_mats > 0 && others.n_mats > 0) {
                parted.one.push_back(steps[parting - 2]);
                parted.one.back().op = others;
                parted.all[parting - 2].op = appended;
            }
        }
        Attend append = *attend, query = *attend;
        append.q = append.gate = append.out = View{};
        query.k = query.v = View{};
        parted.all[parting - 1].op = append;
        parted.one.push_back(steps[parting - 1]);
        parted.one.back().op = query;
    }
    parted.one.insert(parted.one.end(), middle, steps.end());
    return parted;
}

size_t rows_part(const Plan& plan) noexcept {
    size_t begin = plan.steps.size();
    for (; begin > 0 && !appends(plan.steps[begin - 1]); --begin) {
        if (std::holds_alternative<Probe>(plan.steps[begin - 1].op)) return plan.steps.size();
    }
    return begin;
}

}  // namespace dlgo
