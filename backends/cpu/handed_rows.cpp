#include "backends/cpu/handed_rows.h"

#include <algorithm>

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

}  // namespace

Handover find_handover(const Model& model, const SessionMemory& memory, std::span<const Step> steps, size_t giver, uint32_t max_rows) {
    const View view = handed_view(steps[giver]);
    if (!model.kernels->to_bf16 || !view.valid()) return {};
    const uint16_t buffer = view.buffer;
    const uint32_t width = model.plan->buffers[buffer];
    const auto next = [&](size_t i) {
        const auto used = [&](const Step& step) {
            const Use use = use_of(step, buffer, width);
            return use.reads + use.writes > 0;
        };
        return static_cast<size_t>(std::find_if(steps.begin() + static_cast<std::ptrdiff_t>(i) + 1, steps.end(), used) - steps.begin());
    };
    const size_t taker = next(giver), later = taker < steps.size() ? next(taker) : steps.size();
    if (later == steps.size() || !HandedRows::fits(width)) return {};
    const Use given = use_of(steps[giver], buffer, width), taken = use_of(steps[taker], buffer, width), again = use_of(steps[later], buffer, width);
    if (!given.whole || given.reads > 0 || !taken.whole || taken.reads != 1 || taken.writes > 0 || !again.whole || again.reads > 0) return {};

    const auto* linear = std::get_if<Linear>(&steps[taker].op);
    if (!linear || linear->in.buffer != buffer || linear->norm.kind != NormKind::None) return {};
    const auto type = [&](uint32_t mat) { return model.weights->matrices[linear->mats[mat].matrix].type; };
    for (uint32_t j = 1; j < linear->n_mats; ++j) {
        for (uint32_t rows = 2; rows <= max_rows; ++rows) {
            if (model.kernels->form(type(j), rows) != model.kernels->form(type(0), rows)) return {};
        }
    }
    const Memory& place = memory.buffers[buffer];
    if (activation_bytes(ActForm::BF16, width, max_rows) > place.size()) return {};
    return {taker, {place.data(), activation_bytes(ActForm::BF16, width), model.kernels, type(0)}};
}

}  // namespace dlgo::cpu
