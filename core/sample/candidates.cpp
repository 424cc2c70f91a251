#include "core/sample/candidates.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/sample/exp.h"

namespace dlgo {

static constexpr size_t kLanes = 16;  // independent accumulators, which compilers turn into SIMD

float max_of(const float* x, size_t n) noexcept {
    std::array<float, kLanes> lanes;
    lanes.fill(-std::numeric_limits<float>::infinity());
    size_t i = 0;
    for (; i + kLanes <= n; i += kLanes) {
        for (size_t j = 0; j < kLanes; ++j) lanes[j] = x[i + j] > lanes[j] ? x[i + j] : lanes[j];
    }
    float max = *std::max_element(lanes.begin(), lanes.end());
    for (; i < n; ++i) max = std::max(max, x[i]);
    return max;
}

// Whether one of a block's logits is above the bound.
static bool any_above(const float* logits, float bound) noexcept {
    int any = 0;
    for (size_t j = 0; j < kLanes; ++j) any |= logits[j] > bound;
    return any != 0;
}

double log_sum_exp(const float* logits, size_t n) noexcept {
    const float max = max_of(logits, n);
    double sum = 0;
    std::array<float, 256> e;
    for (size_t i = 0; i < n; i += e.size()) {
        const size_t m = std::min(e.size(), n - i);
        for (size_t j = 0; j < m; ++j) e[j] = exp_negative(logits[i + j] - max);
        for (size_t j = 0; j < m; ++j) sum += static_cast<double>(e[j]);
    }
    return static_cast<double>(max) + std::log(sum);
}

Candidates::Candidates(size_t n_vocab) {
    list_.reserve(n_vocab);
    weights_.reserve(n_vocab);
}

void Candidates::top_k(const float* logits, size_t n, size_t k) noexcept {
    list_.clear();
    if (k > n / 16) {
        all(logits, n);
        if (k < list_.size()) {
            const auto cut = list_.begin() + static_cast<std::ptrdiff_t>(k);
            std::nth_element(list_.begin(), cut, list_.end(), better);
            list_.erase(cut, list_.end());
        }
        std::sort(list_.begin(), list_.end(), better);
        return;
    }
    // A heap whose front is the worst of the k best so far; later tokens must beat it, which few do.
    float worst = -std::numeric_limits<float>::infinity();
    for (size_t block = 0; block < n; block += kLanes) {
        const size_t end = std::min(block + kLanes, n);
        if (end - block == kLanes && !any_above(logits + block, worst)) continue;
        for (size_t i = block; i < end; ++i) {
            if (!(logits[i] > worst)) continue;
            if (list_.size() == k) {
                std::pop_heap(list_.begin(), list_.end(), better);
                list_.pop_back();
            }
            list_.push_back({static_cast<int32_t>(i), logits[i]});
            std::push_heap(list_.begin(), list_.end(), better);
            if (list_.size() == k) worst = list_.front().logit;
        }
    }
    std::sort_heap(list_.begin(), list_.end(), better);
}

void Candidates::all(const float* logits, size_t n) noexcept {
    list_.clear();
    for (size_t i = 0; i < n; ++i) {
        if (logits[i] > -std::numeric_limits<float>::infinity()) list_.push_back({static_cast<int32_t>(i), logits[i]});
    }
}

float Candidates::best() const noexcept {
    float max = list_[0].logit;
    for (const Candidate& c : list_) max = std::max(max, c.logit);
    return max;
}

// Fills weights_; returns their sum.
double Candidates::weigh(float max, float temperature) noexcept {
    weights_.resize(list_.size());
    for (size_t i = 0; i < list_.size(); ++i) weights_[i] = exp_negative((list_[i].logit - max) / temperature);
    double sum = 0;
    for (const float w : weights_) sum += static_cast<double>(w);
    return sum;
}

// Sorting a whole vocabulary is slow: drops, before sorting, the candidates below the logit at which the mass is reached.
void Candidates::keep_mass(float p, float max, double sum) noexcept {
    constexpr size_t kBuckets = 512;
    constexpr float kPerUnit = 16;  // buckets per unit of logit
    const auto bucket = [max](float logit) {
        return static_cast<size_t>(std::min((max - logit) * kPerUnit, static_cast<float>(kBuckets - 1)));
    };
    std::array<double, kBuckets> mass{};
    for (size_t i = 0; i < list_.size(); ++i) mass[bucket(list_[i].logit)] += weights_[i];
    size_t last = 0;
    for (double reached = mass[0]; reached < p * sum && last + 1 < kBuckets;) reached += mass[++last];
    std::erase_if(list_, [&](const Candidate& c) { return bucket(c.logit) > last; });
}

void Candidates::top_p(float p) noexcept {
    if (p >= 1 || list_.empty()) return;
    const float max = best();
    const double sum = weigh(max, 1);
    if (list_.size() > 1024) keep_mass(p, max, sum);
    if (!std::is_sorted(list_.begin(), list_.end(), better)) std::sort(list_.begin(), list_.end(), better);
    double reached = 0;
    for (size_t i = 0; i < list_.size(); ++i) {
        reached += exp_negative(list_[i].logit - max);
        if (reached >= p * sum) {
            list_.resize(i + 1);
            return;
        }
    }
}

void Candidates::min_p(float p) noexcept {
    if (p <= 0 || list_.empty()) return;
    const float max = best();
    std::erase_if(list_, [&](const Candidate& c) { return exp_negative(c.logit - max) < p; });
}

int32_t Candidates::draw(float temperature, double u) noexcept {
    double left = u * weigh(best(), temperature);
    for (size_t i = 0; i + 1 < list_.size(); ++i) {
        left -= weights_[i];
        if (left < 0) return list_[i].token;
    }
    return list_.back().token;
}

}  // namespace dlgo
