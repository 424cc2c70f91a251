#include "models/llm/executor.h"

#include <algorithm>
#include <set>

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
    const size_t parting = rows_part(*plan_);
    size_t begin = 0;
    for (Segment& segment : segments_) {
        size_t end = begin;
        while (end < placement.size() && placement[end] == segment.device) ++end;
        const std::span<const Step> steps(plan_->steps.data() + begin, end - begin);
        segment.decode = sessions_[segment.device]->compile(steps, 1);
        if (spec.n_ubatch > 1) {
            segment.prefill = sessions_[segment.device]->compile(steps, spec.n_ubatch);
            if (begin <= parting && parting < end) {
                const PartedSteps parted = part_steps(steps, parting - begin);
                compile_parting(segment, parted);
                find_parted(parted.one, end, placement);
            }
        }
        begin = end;
    }
}

void Executor::compile_parting(const Segment& segment, const PartedSteps& steps) {
    DeviceSession& session = *sessions_[segment.device];
    parting_.segment = &segment;
    if (!steps.all.empty()) parting_.all_rows = session.compile(steps.all, spec_.n_ubatch);
    parting_.last_row = session.compile(steps.one, 1);
}

// On the device that reads them, and on the one that they cross from, if they do. end: of the segment's steps.
void Executor::find_parted(std::span<const Step> last_row, size_t end, const std::vector<uint8_t>& placement) {
    std::set<std::pair<uint16_t, uint8_t>> buffers;
    const auto reads = [&](const Step& step, uint8_t device) {
        step_io(step, [&](View v, uint32_t, bool written) {
            if (!written) buffers.insert({v.buffer, device});
        });
    };
    for (const Step& step : last_row) reads(step, parting_.segment->device);
    for (size_t i = end; i < placement.size(); ++i) reads(plan_->steps[i], placement[i]);
    for (const Segment* s = parting_.segment + 1; s < segments_.data() + segments_.size(); ++s) {
        for (const Crossing& c : s->inputs) buffers.insert({c.buffer, c.from});
    }
    parting_.buffers.assign(buffers.begin(), buffers.end());
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

// The first row of what is still read becomes the last one of the run, and that is all of the run.
dlgo_status Executor::keep_last_row(StepParams& params) noexcept {
    const uint32_t last = params.rows - 1;
    for (const auto& [buffer, device] : parting_.buffers) {
        if (const dlgo_status status = sessions_[device]->move_row(buffer, last); status != DLGO_OK) return status;
    }
    params.tokens += last;
    params.position += last;
    params.rows = 1;
    return DLGO_OK;
}

dlgo_status Executor::run(const StepParams& all) noexcept {
    const bool parts = parting_.segment && all.rows > 1 && all.logits_rows <= 1;
    StepParams params = all;
    for (const Segment& segment : segments_) {
        for (const Crossing& c : segment.inputs) {
            dlgo_status status = sessions_[c.from]->read_buffer(c.buffer, params.rows, staging_.data());
            if (status == DLGO_OK) status = sessions_[segment.device]->write_buffer(c.buffer, params.rows, staging_.data());
            if (status != DLGO_OK) return status;
        }
        Program* program = (params.rows == 1 ? segment.decode : segment.prefill).get();
        if (parts && &segment == parting_.segment) {
            if (parting_.all_rows) {
                if (const dlgo_status status = parting_.all_rows->run(params); status != DLGO_OK) return status;
            }
            if (params.logits_rows == 0) return DLGO_OK;
            if (const dlgo_status status = keep_last_row(params); status != DLGO_OK) return status;
            program = parting_.last_row.get();
        }
        if (const dlgo_status status = program->run(params); status != DLGO_OK) return status;
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
