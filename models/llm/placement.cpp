#include "models/llm/placement.h"

#include "core/plan/step_io.h"

namespace dlgo {

std::vector<uint8_t> place(const Plan& plan, const Weights& weights, const Backend* gpu, uint32_t gpu_layers) {
    std::vector<uint8_t> out(plan.steps.size(), kCpu);
    if (!gpu || gpu_layers == 0) return out;
    const uint32_t first = plan.n_layer - std::min(gpu_layers, plan.n_layer);
    std::vector<int> device_of_state(plan.states.size(), -1);
    for (size_t i = 0; i < plan.steps.size(); ++i) {
        const Step& step = plan.steps[i];
        bool on_gpu = step.role == Role::Embed ? first == 0 : step.role == Role::Head || step.layer >= first;
        on_gpu = on_gpu && gpu->supports(step, weights);
        if (const uint16_t state = step_state(step); state != kNoState) {
            if (device_of_state[state] < 0) device_of_state[state] = on_gpu;
            on_gpu = device_of_state[state] == 1;
        }
        out[i] = on_gpu ? 1 : kCpu;
    }
    return out;
}

uint32_t fit_layers(const Plan& plan, const Weights& weights, const Backend& gpu, const SessionSpec& spec, uint64_t budget) {
    uint32_t low = 0, high = plan.n_layer;
    while (low < high) {  // memory grows with the number of layers
        const uint32_t middle = (low + high + 1) / 2;
        const MemoryUse use = gpu.estimate(plan, weights, steps_on(place(plan, weights, &gpu, middle), 1), spec);
        if (use.weights + use.state + use.scratch <= budget) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return low;
}

std::vector<uint32_t> steps_on(const std::vector<uint8_t>& placement, uint8_t device) {
    std::vector<uint32_t> out;
    for (uint32_t i = 0; i < placement.size(); ++i) {
        if (placement[i] == device) out.push_back(i);
    }
    return out;
}

}  // namespace dlgo
