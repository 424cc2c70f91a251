#include "backends/cpu/ref/ref.h"

#include "backends/cpu/ref/ops.h"

namespace dlgo::ref {

RefContext::RefContext(const Plan& p, const Weights& w, const SessionSpec& s) : plan(&p), weights(&w), spec(s) {
    for (const uint32_t width : p.buffers) buffers.emplace_back(size_t{width} * s.n_ubatch);
    kv.resize(p.states.size());
    slots.resize(p.states.size());
    for (size_t i = 0; i < p.states.size(); ++i) {
        const StateSpec& state = p.states[i];
        if (state.kind == StateKind::Kv) {
            kv[i].k.resize(size_t{s.n_ctx} * state.n_head * state.k_dim);
            kv[i].v.resize(size_t{s.n_ctx} * state.n_head * state.v_dim);
        } else {
            slots[i].assign(s.n_slots, std::vector<float>(state.n_values));
        }
    }
}

std::vector<float> RefContext::weight_row(const MatRef& mat, uint32_t r, uint32_t index) const {
    const Matrix& m = weights->matrices[mat.matrix];
    std::vector<float> row(m.n_in);
    dequantize(m.type, m.data + index * m.stride + m.row_bytes() * (size_t{mat.row0} + r), row.data(), m.n_in);
    return row;
}

void ref_run(const Step& step, RefContext& ctx) {
    std::visit([&](const auto& op) { run(op, ctx); }, step.op);
}

}  // namespace dlgo::ref
