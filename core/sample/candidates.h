// The tokens that may be drawn, and the filters that make them fewer.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace dlgo {

struct Candidate {
    int32_t token;
    float logit;
};

// The order of candidates: best first, ties by token.
inline bool better(const Candidate& a, const Candidate& b) noexcept {
    return a.logit != b.logit ? a.logit > b.logit : a.token < b.token;
}

float max_of(const float* x, size_t n) noexcept;

// Log of the sum of exp(logit).
double log_sum_exp(const float* logits, size_t n) noexcept;

// Works in memory of its own, enough for the whole vocabulary.
class Candidates {
public:
    explicit Candidates(size_t n_vocab);

    // The k best, best first. Tokens at -infinity are left out.
    void top_k(const float* logits, size_t n, size_t k) noexcept;
    // All, in the order of tokens, likewise.
    void all(const float* logits, size_t n) noexcept;

    // The fewest best ones whose probabilities sum to at least p; at least one. Leaves them best first.
    void top_p(float p) noexcept;
    // Those whose probability is at least p times the best one's.
    void min_p(float p) noexcept;

    // The candidate at which the running sum of softmax(logit / temperature) exceeds u in [0, 1).
    int32_t draw(float temperature, double u) noexcept;

    const std::vector<Candidate>& list() const noexcept { return list_; }

private:
    float best() const noexcept;
    double weigh(float max, float temperature) noexcept;
    void keep_mass(float p, float max, double sum) noexcept;

    std::vector<Candidate> list_;
    std::vector<float> weights_;  // exp((logit - max) / temperature), beside list_
};

}  // namespace dlgo
