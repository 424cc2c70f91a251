#include "core/sample/sampler.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "core/base/error.h"
#include "core/sample/grammar/grammar.h"

namespace dlgo {

namespace {

constexpr int32_t kMaxLogprobs = 20;
constexpr float kMaxLogit = 1e30f;  // leaves room for bias and penalties below infinity
constexpr int32_t kMaxLastN = 1 << 20;

void check_range(const char* option, double value, double min, double max) {
    if (value >= min && value <= max) return;  // false for NaN
    fail(DLGO_ERROR_INVALID_ARGUMENT, "%s: expected %g to %g, found %g", option, min, max, value);
}

const SamplerOptions& checked(const SamplerOptions& o, int32_t n_vocab) {
    check_range("n_vocab", n_vocab, 1, INT32_MAX);
    check_range("temperature", o.temperature, 0, 1e6);
    check_range("top_k", o.top_k, 0, INT32_MAX);
    check_range("top_p", o.top_p, 0, 1);
    check_range("min_p", o.min_p, 0, 1);
    check_range("repetition_penalty", o.repetition_penalty, 1e-3, 1e3);
    check_range("presence_penalty", o.presence_penalty, -1e3, 1e3);
    check_range("frequency_penalty", o.frequency_penalty, -1e3, 1e3);
    check_range("penalty_last_n", o.penalty_last_n, -1, kMaxLastN);
    check_range("logprobs", o.logprobs, 0, kMaxLogprobs);
    for (const dlgo_logit_bias& b : o.logit_bias) {
        check_range("logit_bias token", b.token, 0, n_vocab - 1);
        if (!(b.bias <= 1e6f)) fail(DLGO_ERROR_INVALID_ARGUMENT, "logit_bias of token %d: expected at most 1e6, found %g", b.token, b.bias);
    }
    return o;
}

uint64_t fresh_seed() {
    std::random_device device;
    for (;;) {
        const uint64_t seed = uint64_t{device()} << 32 | device();
        if (seed != 0) return seed;
    }
}

void copy_checked(const float* logits, std::vector<float>& out) {
    int bad = 0;
    for (size_t i = 0; i < out.size(); ++i) bad |= !(logits[i] <= kMaxLogit);
    std::copy(logits, logits + out.size(), out.begin());
    if (bad == 0) return;
    const auto token = static_cast<size_t>(
        std::find_if_not(logits, logits + out.size(), [](float x) { return x <= kMaxLogit; }) - logits);
    fail(DLGO_ERROR_FORMAT, "the model's logit of token %zu is %g: expected a finite number; its weights may be damaged", token,
         static_cast<double>(logits[token]));
}

}  // namespace

Sampler::Sampler(const SamplerOptions& options, int32_t n_vocab)
    : options_(checked(options, n_vocab)),
      seed_(options.seed ? options.seed : fresh_seed()),
      rng_(seed_),
      penalties_(options.repetition_penalty, options.presence_penalty, options.frequency_penalty, options.penalty_last_n, n_vocab),
      candidates_(static_cast<size_t>(n_vocab)),
      logits_(static_cast<size_t>(n_vocab)) {
    top_logprobs_.reserve(static_cast<size_t>(options.logprobs));
}

// -1 when all logits are -infinity.
int32_t Sampler::choose() {
    if (options_.temperature == 0) {
        const float max = max_of(logits_.data(), logits_.size());
        if (max == -INFINITY) return -1;
        return static_cast<int32_t>(std::find(logits_.begin(), logits_.end(), max) - logits_.begin());
    }
    if (options_.top_k > 0) candidates_.top_k(logits_.data(), logits_.size(), static_cast<size_t>(options_.top_k));
    else candidates_.all(logits_.data(), logits_.size());
    if (candidates_.list().empty()) return -1;
    candidates_.top_p(options_.top_p);
    candidates_.min_p(options_.min_p);
    return candidates_.draw(options_.temperature, rng_.uniform());
}

int32_t Sampler::sample(const float* logits, Grammar* grammar) {
    copy_checked(logits, logits_);
    for (const dlgo_logit_bias& b : options_.logit_bias) logits_[static_cast<size_t>(b.token)] += b.bias;
    penalties_.apply(logits_.data());
    int32_t token = choose();
    if (grammar && (token < 0 || !grammar->allows(token))) {
        grammar->mask(logits_.data());
        token = choose();
    }
    if (token < 0) {
        fail(DLGO_ERROR_INVALID_ARGUMENT, grammar ? "the grammar allows none of the vocabulary's tokens here" : "the logit bias forbids every token");
    }
    if (options_.logprobs > 0) find_logprobs(logits, token);
    return token;
}

void Sampler::find_logprobs(const float* logits, int32_t token) {
    const double total = log_sum_exp(logits, logits_.size());
    logprob_ = static_cast<float>(logits[token] - total);
    candidates_.top_k(logits, logits_.size(), static_cast<size_t>(options_.logprobs));
    top_logprobs_.clear();
    for (const Candidate& c : candidates_.list()) top_logprobs_.push_back({c.token, static_cast<float>(c.logit - total)});
}

void Sampler::accept(int32_t token) {
    if (token >= 0 && static_cast<size_t>(token) < logits_.size()) penalties_.accept(token);
}

void Sampler::reset() { penalties_.reset(); }

}  // namespace dlgo
