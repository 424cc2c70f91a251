// A session of a model on the CPU, and its programs.
#pragma once
#include "backends/cpu/compiler.h"

namespace dlgo::cpu {

class Session : public DeviceSession {
public:
    Session(const Model& model, std::span<const uint32_t> placed, const SessionSpec& spec);

    std::unique_ptr<Program> compile(std::span<const Step> steps, uint32_t max_rows) override;
    dlgo_status read_buffer(uint16_t buffer, uint32_t rows, float* out) noexcept override;
    dlgo_status write_buffer(uint16_t buffer, uint32_t rows, const float* in) noexcept override;
    dlgo_status move_row(uint16_t buffer, uint32_t from) noexcept override;
    dlgo_status read_state(uint16_t state, uint32_t begin, uint32_t end, void* out) noexcept override;
    dlgo_status write_state(uint16_t state, uint32_t begin, uint32_t end, const void* in) noexcept override;

    // Bytes of what a session allocates for the steps.
    static MemoryUse estimate(const Plan& plan, std::span<const uint32_t> placed, const SessionSpec& spec);

private:
    Model model_;
    SessionMemory memory_;
};

}  // namespace dlgo::cpu
