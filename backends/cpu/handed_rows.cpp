#include "backends/cpu/handed_rows.h"

#include <algorithm>
#include <cmath>

#include "backends/cpu/compiler.h"
#include "core/plan/step_io.h"

namespace dlgo::cpu {

namespace {

// How a step uses a buffer.
struct Use {
    int reads = 0, writes = 0;
    bool whole = true;  // all of its values, each time
};

Use use_of(const Step& step, uint16_t buffer, uint32_t width) {
    Use use;
    step_io(step, [&](View v, uint32_t n, bool written) {
        if (v.buffer != buffer) return;
        ++(written ? use.writes : use.reads);
        use.whole &= v.offset == 0 && n == width;
    });
    return use;
}

// The output of a step that knows how to hand it over.
View handed_view(const Step& step) {
    if (const auto* linear = std::get_if<Linear>(&step.op); linear && (linear->glu || linear->act != Activation::None)) return linear->out[0];
    if (const auto* attend = std::get_if<Attend>(&step.op)) return attend->out;
    return {};
}

// The first step after `step` that uses the buffer, or their number.
size_t next_use(std::span<const Step> steps, size_t step, uint16_t buffer, uint32_t width) {
    const auto used = [&](const Step& s) {
        const Use use = use_of(s, buffer, width);
        return use.reads + use.writes > 0;
    };
    return static_cast<size_t>(std::find_if(steps.begin() + static_cast<std::ptrdiff_t>(step) + 1, steps.end(), used) - steps.begin());
}

Type type_of(const Model& model, const Linear& linear, uint32_t mat) { return model.weights->matrices[linear.mats[mat].matrix].type; }

// Whether all matrices want the same form of so many rows or fewer.
bool same_forms(const Model& model, const Linear& linear, uint32_t max_rows) {
    for (uint32_t j = 1; j < linear.n_mats; ++j) {
        for (uint32_t rows = 2; rows <= max_rows; ++rows) {
            if (model.kernels->form(type_of(model, linear, j), rows) != model.kernels->form(type_of(model, linear, 0), rows)) return false;
        }
    }
    return true;
}

template <typename Rows>
struct Handover {
    size_t taker = 0;  // a later one of the steps
    Rows rows;         // none: nothing is handed over
};

Handover<HandedRows> find_handover(const Compiler& c, std::span<const Step> steps, size_t giver) {
    const Model& model = c.model;
    const View view = handed_view(steps[giver]);
    if (!model.kernels->to_bf16 || !view.valid()) return {};
    const uint16_t buffer = view.buffer;
    const uint32_t width = model.plan->buffers[buffer];
    const size_t taker = next_use(steps, giver, buffer, width), later = taker < steps.size() ? next_use(steps, taker, buffer, width) : steps.size();
    if (later == steps.size() || !HandedRows::fits(width)) return {};
    const Use given = use_of(steps[giver], buffer, width), taken = use_of(steps[taker], buffer, width), again = use_of(steps[later], buffer, width);
    if (!given.whole || given.reads > 0 || !taken.whole || taken.reads != 1 || taken.writes > 0 || !again.whole || again.reads > 0) return {};

    const auto* linear = std::get_if<Linear>(&steps[taker].op);
    if (!linear || linear->in.buffer != buffer || linear->norm.kind != NormKind::None) return {};
    const Memory& place = c.session.buffers[buffer];
    if (!same_forms(model, *linear, c.max_rows) || activation_bytes(ActForm::BF16, width, c.max_rows) > place.size()) return {};
    return {taker, {place.data(), activation_bytes(ActForm::BF16, width), model.kernels, type_of(model, *linear, 0)}};
}

Handover<HandedNorm> find_norm_handover(const Compiler& c, std::span<const Step> steps, size_t giver, Memory& place) {
    const auto* from = std::get_if<Linear>(&steps[giver].op);
    if (!c.model.kernels->to_bf16 || c.max_rows == 1 || !from || !from->residual.valid()) return {};
    const View view = from->out[0];
    const uint32_t width = c.model.plan->buffers[view.buffer];
    if (view.offset != 0 || from->mats[0].n_out != width || !HandedRows::fits(width)) return {};
    for (uint32_t j = 1; j < from->n_mats; ++j) {
        if (from->out[j].buffer == view.buffer) return {};
    }
    const size_t taker = next_use(steps, giver, view.buffer, width);
    if (taker == steps.size()) return {};
    const auto* to = std::get_if<Linear>(&steps[taker].op);
    if (!to || to->in.buffer != view.buffer || to->in.offset != 0 || to->n_in != width || to->norm.kind != NormKind::Rms) return {};
    const NormArgs norm = c.norm(to->norm);
    if (norm.bias || !same_forms(c.model, *to, c.max_rows)) return {};

    const size_t row_bytes = activation_bytes(ActForm::BF16, width), bytes = activation_bytes(ActForm::BF16, width, c.max_rows);
    const size_t needed = bytes + sizeof(float) * width / HandedNorm::kPiece * c.max_rows;
    if (place.size() == 0) place = Memory(needed, "handed rows");
    if (place.size() < needed) return {};
    auto* squares = reinterpret_cast<float*>(place.data() + bytes);
    return {taker, {{place.data(), row_bytes, c.model.kernels, type_of(c.model, *to, 0)}, norm, width, c.max_rows, squares}};
}

}  // namespace

std::vector<StepHandover> find_handovers(const Compiler& c, std::span<const Step> steps, Memory& place) {
    std::vector<StepHandover> all(steps.size());
    size_t reads_place = 0;  // the last step that is handed rows before a norm, one after the other as all of them are in the same memory
    for (size_t i = 0; i < steps.size(); ++i) {
        if (const auto [taker, rows] = find_handover(c, steps, i); rows.data) all[i].gives = all[taker].takes = rows;
        if (i < reads_place || all[i].takes_norm.rows.data) continue;
        if (const auto [taker, norm] = find_norm_handover(c, steps, i, place); norm.rows.data) {
            all[i].gives_norm = all[taker].takes_norm = norm;
            reads_place = taker;
        }
    }
    return all;
}

void HandedNorm::put(size_t first, size_t begin, ConstRows x, size_t n_rows, size_t n) const noexcept {
    for (size_t at = begin; at < begin + n; at += kPiece) {
        const float* weight = norm.weight ? norm.weight + at : nullptr;
        auto* y = reinterpret_cast<uint16_t*>(rows.row(first)) + at;
        rows.kernels->weighted_to_bf16(x.at(0, at - begin), weight, y, rows.row_bytes / sizeof *y, n_rows, kPiece, squares + at / kPiece * max_rows + first);
    }
}

void HandedNorm::factors(size_t n, float* out) const noexcept {
    std::fill(out, out + n, 0.0f);
    for (size_t piece = 0; piece < width / kPiece; ++piece) {
        const float* of_rows = squares + piece * max_rows;
        for (size_t i = 0; i < n; ++i) out[i] += of_rows[i];
    }
    for (size_t i = 0; i < n; ++i) out[i] = 1 / std::sqrt(out[i] / static_cast<float>(width) + norm.eps);
}

}  // namespace dlgo::cpu
