// The naive version of every step: the specification of the op vocabulary in code. Sums and functions are in double precision,
// weights are converted value by value, nothing is quantized on the way.
#pragma once
#include <vector>

#include "backends/backend.h"

namespace dlgo::ref {

struct KvState {
    std::vector<float> k, v;  // [position][n_head][dim], all positions
};

// What a run of steps works on: the activations and the states of one session.
struct RefContext {
    const Plan* plan = nullptr;
    const Weights* weights = nullptr;
    SessionSpec spec;
    StepParams params;
    std::vector<std::vector<float>> buffers;              // [n_ubatch, width]
    std::vector<KvState> kv;                              // per state; empty for the recurrent ones
    std::vector<std::vector<std::vector<float>>> slots;   // per state [n_slots][n_values]; empty for Kv

    // Buffers and states of the plan, zeroed.
    RefContext(const Plan& plan, const Weights& weights, const SessionSpec& spec);

    float* row(View v, size_t row) { return buffers[v.buffer].data() + row * plan->buffers[v.buffer] + v.offset; }
    // nullptr for kNoParam
    const float* param(ParamId id) const { return id == kNoParam ? nullptr : weights->params[id].values.data(); }
    // Row r (from mat.row0) of matrix `index` of the stack.
    std::vector<float> weight_row(const MatRef& mat, uint32_t r, uint32_t index = 0) const;
};

void ref_run(const Step& step, RefContext& ctx);

}  // namespace dlgo::ref
