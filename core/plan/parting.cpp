#include "core/plan/parting.h"

#include <algorithm>
#include <utility>

#include "core/plan/step_io.h"

namespace dlgo {

namespace {

bool appends(const Step& step) noexcept {
    const auto* attend = std::get_if<Attend>(&step.op);
    return step_state(step) != kNoState && (!attend || attend->k.valid());
}

bool overlap(View a, uint32_t a_width, View b, uint32_t b_width) noexcept {
    return a.valid() && a.buffer == b.buffer && a.offset < b.offset + b_width && b.offset < a.offset + a_width;
}

// Matrices whose results attention appends, and the others.
std::pair<Linear, Linear> part_projection(const Linear& projection, const Attend& attend) {
    Linear appended = projection, others = projection;
    appended.n_mats = others.n_mats = 0;
    for (uint32_t i = 0; i < projection.n_mats; ++i) {
        const uint32_t width = projection.mats[i].n_out;
        const bool kept = overlap(attend.k, attend.n_head_kv * attend.head_dim, projection.out[i], width) ||
                          overlap(attend.v, attend.n_head_kv * attend.v_dim, projection.out[i], width);
        Linear& part = kept ? appended : others;
        part.mats[part.n_mats] = projection.mats[i];
        part.out[part.n_mats++] = projection.out[i];
    }
    return {appended, others};
}

bool overwrites_input(const Linear& linear) noexcept {
    return std::any_of(linear.out, linear.out + linear.n_mats, [&](View out) { return out.buffer == linear.in.buffer; });
}

}  // namespace

size_t rows_part(const Plan& plan) noexcept {
    size_t begin = plan.steps.size();
    for (; begin > 0 && !appends(plan.steps[begin - 1]); --begin) {
        if (std::holds_alternative<Probe>(plan.steps[begin - 1].op)) return plan.steps.size();
    }
    return begin;
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

}  // namespace dlgo
