#include "models/llm/executor.h"

#include <algorithm>

#include "core/plan/step_io.h"

namespace dlgo {

Executor::Executor(std::shared_ptr<const Plan> plan, const std::vector<uint8_t>& placement,
                   const std::vector<std::shared_ptr<DeviceModel>>& models, const SessionSpec& spec)
    : plan_(std::move(plan)), spec_(spec), device_of_state_(plan_->states.size(), 0) {
    for (const auto& model : models) sessions_.push_back(model ? model->create_session(spec) : nullptr);
    for (size_t i = 0; i < plan_->steps.size(); ++i) {
        if (const uint16_t s = step_state(plan_->steps[i]); s != kNoState) device_of_state_[s] = placement[i];
    }
    find_crossings(placement);
    size_t begin = 0;
    for (Segment& segment : segments_) {
        size_t end = begin;
        while (end < placement.size() && placement[end] == segment.device) ++end;
        const std::span<const Step> steps(plan_->steps.data() + begin, end - begin);
        segment.decode = sessions_[segment.device]->compile(steps, 1);
        if (spec.n_ubatch > 1) segment.prefill = sessions_[segment.device]->compile(steps, spec.n_ubatch);
        begin = end;
    }
}

// A buffer crosses into a segment when the segment reads what another device wrote last.
void Executor::find_crossings(const std::vector<uint8_t>& placement) {
    constexpr uint8_t kNobody = 0xFF;
    std::vector<uint8_t> writer(plan_->buffers.size(), kNobody);
    uint32_t widest = 0;
    for (size_t i = 0; i < placement.size(); ++i) {
        if (segments_.empty() || segments_.back().device != placement[i]) segments_.push_back(Segment{placement[i], {}, {}, {}});
        Segment& segment = segments_.back();
        step_io(plan_->steps[i], [&](View v, uint32_t, bool written) {
            if (written) return;
            uint8_t& last = writer[v.buffer];
            if (last == kNobody || last == segment.device) return;
            segment.inputs.push_back({v.buffer, last});
            widest = std::max(widest, plan_->buffers[v.buffer]);
            last = segment.device;
        });
        step_io(plan_->steps[i], [&](View v, uint32_t, bool written) {
            if (written) writer[v.buffer] = segment.device;
        });
    }
    staging_.resize(size_t{widest} * spec_.n_ubatch);
}

dlgo_status Executor::run(const StepParams& params) noexcept {
    for (Segment& segment : segments_) {
        for (const Crossing& c : segment.inputs) {
            dlgo_status status = sessions_[c.from]->read_buffer(c.buffer, params.rows, staging_.data());
            if (status == DLGO_OK) status = sessions_[segment.device]->write_buffer(c.buffer, params.rows, staging_.data());
            if (status != DLGO_OK) return status;
        }
        const dlgo_status status = (params.rows == 1 ? segment.decode : segment.prefill)->run(params);
        if (status != DLGO_OK) return status;
    }
    return DLGO_OK;
}

dlgo_status Executor::read_state(uint16_t state, uint32_t begin, uint32_t end, void* out) noexcept {
    return sessions_[device_of_state_[state]]->read_state(state, begin, end, out);
}

dlgo_status Executor::write_state(uint16_t state, uint32_t begin, uint32_t end, const void* in) noexcept {
    return sessions_[device_of_state_[state]]->write_state(state, begin, end, in);
}

}  // namespace dlgo
