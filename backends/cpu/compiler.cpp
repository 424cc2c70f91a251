#include "backends/cpu/compiler.h"

#include "backends/cpu/ops/rope_table.h"

namespace dlgo::cpu {

Rows Compiler::rows(View v) const noexcept {
    if (!v.valid()) return {};
    return {reinterpret_cast<float*>(session.buffers[v.buffer].data()) + v.offset, model.plan->buffers[v.buffer]};
}

const float* Compiler::param(ParamId id) const noexcept {
    return id == kNoParam ? nullptr : model.weights->params[id].values.data();
}

size_t Compiler::param_size(ParamId id) const noexcept { return id == kNoParam ? 0 : model.weights->params[id].values.size(); }

NormArgs Compiler::norm(const NormSpec& spec) const noexcept {
    return {spec.kind, spec.eps, param(spec.weight), param(spec.bias)};
}

const RopeTable* Compiler::rope_table(const RopeSpec& spec) {
    for (const auto& [known, table] : rope_tables_) {
        if (known.n_rot == spec.n_rot && known.inv_freq == spec.inv_freq && known.magnitude == spec.magnitude) return table;
    }
    auto task = std::make_unique<RopeTable>(param(spec.inv_freq), spec.n_rot, spec.magnitude, max_rows);
    const RopeTable* table = task.get();
    rope_tables_.emplace_back(spec, table);
    tasks.push_back(std::move(task));
    return table;
}

}  // namespace dlgo::cpu
