#include "core/sample/penalties.h"

#include <algorithm>

namespace dlgo {

Penalties::Penalties(float repetition, float presence, float frequency, int32_t last_n, int32_t n_vocab)
    : repetition_(repetition), presence_(presence), frequency_(frequency) {
    if (last_n == 0 || (repetition == 1 && presence == 0 && frequency == 0)) return;
    counts_.resize(static_cast<size_t>(n_vocab));
    if (last_n > 0) window_.resize(static_cast<size_t>(last_n));
    seen_.reserve(last_n > 0 ? std::min(window_.size(), counts_.size()) : counts_.size());
}

void Penalties::forget(int32_t token) noexcept {
    if (--counts_[static_cast<size_t>(token)] > 0) return;
    *std::find(seen_.begin(), seen_.end(), token) = seen_.back();
    seen_.pop_back();
}

void Penalties::accept(int32_t token) {
    if (!active()) return;
    if (!window_.empty()) {
        if (filled_ == window_.size()) forget(window_[next_]);
        else ++filled_;
        window_[next_] = token;
        next_ = (next_ + 1) % window_.size();
    }
    if (counts_[static_cast<size_t>(token)]++ == 0) seen_.push_back(token);
}

void Penalties::reset() {
    for (const int32_t token : seen_) counts_[static_cast<size_t>(token)] = 0;
    seen_.clear();
    next_ = filled_ = 0;
}

void Penalties::apply(float* logits) const noexcept {
    for (const int32_t token : seen_) {
        float& logit = logits[token];
        logit = logit > 0 ? logit / repetition_ : logit * repetition_;
        logit -= presence_ + frequency_ * static_cast<float>(counts_[static_cast<size_t>(token)]);
    }
}

}  // namespace dlgo
