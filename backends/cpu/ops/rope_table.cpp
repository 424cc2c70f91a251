#include "backends/cpu/ops/rope_table.h"

#include <cmath>

namespace dlgo::cpu {

bool RopeTable::run(Worker& worker, const Run& run) const noexcept {
    for (uint32_t r = worker.index(); r < run.params.rows; r += worker.count()) {
        float* cos = values_.data() + size_t{r} * 2 * half_;
        for (uint32_t i = 0; i < half_; ++i) {
            const double angle = static_cast<double>(run.params.position + r) * inv_freq_[i];
            cos[i] = static_cast<float>(std::cos(angle)) * magnitude_;
            cos[half_ + i] = static_cast<float>(std::sin(angle)) * magnitude_;
        }
    }
    return worker.barrier();
}

}  // namespace dlgo::cpu
