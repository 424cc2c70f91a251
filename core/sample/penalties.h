// Repetition, presence and frequency penalties over the last tokens.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace dlgo {

class Penalties {
public:
    // last_n: tokens looked back at; 0 = off, -1 = all.
    Penalties(float repetition, float presence, float frequency, int32_t last_n, int32_t n_vocab);

    void accept(int32_t token);
    void reset();

    // Positive logits of seen tokens are divided by the repetition penalty and negative ones multiplied (CTRL, arXiv
    // 1909.05858, as llama.cpp has it for negative logits); then presence + frequency * count is subtracted.
    void apply(float* logits) const noexcept;

private:
    bool active() const noexcept { return !counts_.empty(); }
    void forget(int32_t token) noexcept;

    float repetition_, presence_, frequency_;
    std::vector<uint32_t> counts_;  // per token of the vocabulary; empty when off
    std::vector<int32_t> seen_;     // tokens whose count is not 0
    std::vector<int32_t> window_;   // ring of the last tokens; empty when all count
    size_t next_ = 0, filled_ = 0;  // of window_
};

}  // namespace dlgo
