// Cosines and sines of a run's positions, for all layers with the same frequencies.
#pragma once
#include "backends/cpu/compiler.h"

namespace dlgo::cpu {

class RopeTable : public Task {
public:
    RopeTable(const float* inv_freq, uint32_t n_rot, float magnitude, uint32_t max_rows)
        : inv_freq_(inv_freq), half_(n_rot / 2), magnitude_(magnitude), values_(size_t{max_rows} * 2 * half_) {}

    bool run(Worker& worker, const Run& run) const noexcept override;

    const float* cos(uint32_t row) const noexcept { return values_.data() + size_t{row} * 2 * half_; }
    const float* sin(uint32_t row) const noexcept { return cos(row) + half_; }

private:
    const float* inv_freq_;
    uint32_t half_;
    float magnitude_;
    mutable std::vector<float> values_;  // [rows][cos, sin][half]
};

}  // namespace dlgo::cpu
