// Chooses the next token. The order of the stages is llama.cpp's: logit bias, penalties, grammar, top-k, top-p, min-p, temperature.
#pragma once
#include <cstdint>
#include <vector>

#include "core/sample/candidates.h"
#include "core/sample/penalties.h"
#include "core/sample/rng.h"
#include "include/dlgo.h"

namespace dlgo {

class Grammar;

// The fields of dlgo_generate_options that matter here, with the same meaning and defaults.
struct SamplerOptions {
    float temperature = 0.8f;
    int32_t top_k = 40;
    float top_p = 0.95f;
    float min_p = 0.05f;
    float repetition_penalty = 1;
    float presence_penalty = 0;
    float frequency_penalty = 0;
    int32_t penalty_last_n = 64;
    uint64_t seed = 0;
    std::vector<dlgo_logit_bias> logit_bias;
    int32_t logprobs = 0;
};

class Sampler {
public:
    // INVALID_ARGUMENT, naming the option, for values out of range.
    Sampler(const SamplerOptions& options, int32_t n_vocab);

    // logits: n_vocab floats. FORMAT for a logit that is NaN or +infinity; INVALID_ARGUMENT when no token is possible.
    // With a grammar the token is drawn freely first; only if the grammar refuses it, again among those it allows.
    // Does not change the grammar's state. No allocation.
    int32_t sample(const float* logits, Grammar* grammar = nullptr);

    // Counts a token, generated or of the prompt, for the penalties.
    void accept(int32_t token);
    void reset();  // forgets accepted tokens

    // Of the last sample(), when options.logprobs > 0: natural logarithms under the model's own distribution, before any stage.
    float logprob() const noexcept { return logprob_; }
    const std::vector<dlgo_token_logprob>& top_logprobs() const noexcept { return top_logprobs_; }  // best first

    uint64_t seed() const noexcept { return seed_; }  // the one in use, never 0

private:
    int32_t choose();
    void find_logprobs(const float* logits, int32_t token);

    SamplerOptions options_;
    uint64_t seed_;
    Rng rng_;
    Penalties penalties_;
    Candidates candidates_;
    std::vector<float> logits_;  // after bias, penalties and grammar
    std::vector<dlgo_token_logprob> top_logprobs_;
    float logprob_ = 0;
};

}  // namespace dlgo
