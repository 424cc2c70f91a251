#include "core/plan/diagnostics.h"

#include <cstdlib>
#include <optional>
#include <sstream>

#include "core/base/env.h"
#include "core/base/error.h"
#include "core/plan/step_io.h"

namespace dlgo {

namespace {

struct Range {
    uint32_t first = 0, last = 0xFFFFFFFF;
    bool holds(uint32_t x) const { return first <= x && x <= last; }
};

struct Filter {
    Range layer, position;
    std::string op;
    uint32_t level = 1;

    bool selects(const Step& step) const {
        return layer.holds(step.layer) && (op.empty() || op == op_name(step.op) || op == step.name);
    }
};

std::optional<uint32_t> number(const std::string& text) {
    if (text.empty() || text.size() > 9 || text.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
    return static_cast<uint32_t>(std::strtoul(text.c_str(), nullptr, 10));
}

std::optional<Range> range(const std::string& text) {
    const size_t dash = text.find('-');
    const auto first = number(text.substr(0, dash));
    const auto last = dash == std::string::npos ? first : number(text.substr(dash + 1));
    if (!first || !last || *last < *first) return std::nullopt;
    return Range{*first, *last};
}

bool set(Filter& filter, const std::string& key, const std::string& value) {
    if (key == "op") {
        filter.op = value;
        return !value.empty();
    }
    const auto r = range(value);
    if (!r) return false;
    if (key == "layer") {
        filter.layer = *r;
    } else if (key == "pos") {
        filter.position = *r;
    } else if (key == "level" && r->first == r->last && r->first >= 1 && r->first <= 3) {
        filter.level = r->first;
    } else {
        return false;
    }
    return true;
}

std::optional<Filter> read_filter(const char* variable) {
    const auto text = env_string(variable);
    if (!text) return std::nullopt;
    Filter filter;
    std::istringstream words(*text);
    for (std::string word; words >> word;) {
        const size_t equals = word.find('=');
        if (word == "all" || (equals != std::string::npos && set(filter, word.substr(0, equals), word.substr(equals + 1)))) continue;
        fail(DLGO_ERROR_INVALID_ARGUMENT, "%s: '%s' is none of all, layer=A-B, pos=A-B, op=NAME, level=1..3", variable, word.c_str());
    }
    return filter;
}

}  // namespace

void insert_probes(Plan& plan, std::vector<uint8_t>& placement) {
    const std::optional<Filter> filters[] = {read_filter("DLGO_CPU_DIAG"), read_filter("DLGO_GPU_DIAG")};
    if (!filters[0] && !filters[1]) return;
    std::vector<Step> steps;
    std::vector<uint8_t> devices;
    for (size_t i = 0; i < plan.steps.size(); ++i) {
        const Step& step = plan.steps[i];
        steps.push_back(step);
        devices.push_back(placement[i]);
        const auto& filter = filters[placement[i] == 0 ? 0 : 1];
        if (!filter || !filter->selects(step)) continue;
        const auto index = static_cast<uint32_t>(steps.size() - 1);
        step_io(step, [&](View view, uint32_t width, bool written) {
            if (!written) return;
            Probe probe;
            probe.in = view;
            probe.n = width > 0 ? width : plan.buffers[view.buffer] - view.offset;
            probe.level = filter->level;
            probe.step = index;
            probe.first_position = filter->position.first;
            probe.last_position = filter->position.last;
            steps.push_back(Step{probe, step.layer, step.role, step.name});
            devices.push_back(placement[i]);
        });
    }
    plan.steps = std::move(steps);
    placement = std::move(devices);
}

}  // namespace dlgo
