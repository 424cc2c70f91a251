// One session's compiled plan: segments of consecutive steps on one device each, and the copies between them.
#pragma once
#include <memory>
#include <vector>

#include "backends/backend.h"
#include "core/plan/parting.h"

namespace dlgo {

class Executor {
public:
    // models[d]: the weights on device d, nullptr where nothing was placed. placement: device of every step of the plan.
    Executor(std::shared_ptr<const Plan> plan, const std::vector<uint8_t>& placement,
             const std::vector<std::shared_ptr<DeviceModel>>& models, const SessionSpec& spec);

    // rows <= spec.n_ubatch. After a status other than OK the recurrent state_out slots and cache entries from position on are undefined.
    dlgo_status run(const StepParams& params) noexcept;

    // See DeviceSession.
    dlgo_status read_state(uint16_t state, uint32_t begin, uint32_t end, void* out) noexcept;
    dlgo_status write_state(uint16_t state, uint32_t begin, uint32_t end, const void* in) noexcept;

    const SessionSpec& spec() const noexcept { return spec_; }
    const Plan& plan() const noexcept { return *plan_; }

private:
    struct Crossing {
        uint16_t buffer;
        uint8_t from;
    };
    struct Segment {
        uint8_t device;
        std::vector<Crossing> inputs;
        std::unique_ptr<Program> decode, prefill;
    };
    // Where rows part (see rows_part), for runs of which only the last row or none goes through the head.
    struct Parting {
        const Segment* segment = nullptr;                   // nullptr: nowhere
        std::unique_ptr<Program> all_rows, last_row;        // the segment's steps for all rows (nullptr: none) and for the last one
        std::vector<std::pair<uint16_t, uint8_t>> buffers;  // that the latter and later segments read, and on which device
    };
    void find_crossings(const std::vector<uint8_t>& placement);
    void compile_parting(const Segment& segment, const PartedSteps& steps);
    void find_parted(std::span<const Step> last_row, size_t end, const std::vector<uint8_t>& placement);
    dlgo_status keep_last_row(StepParams& params) noexcept;

    std::shared_ptr<const Plan> plan_;
    SessionSpec spec_;
    std::vector<std::unique_ptr<DeviceSession>> sessions_;  // outlive the programs of segments_
    std::vector<Segment> segments_;
    Parting parting_;
    std::vector<uint8_t> device_of_state_;
    std::vector<float> staging_;
};

}  // namespace dlgo
