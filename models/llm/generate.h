// The loop: evaluate, sample, hand out text.
#pragma once
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/sample/sampler.h"
#include "models/llm/session.h"

namespace dlgo {

// The fields of dlgo_generate_options, with the same meaning.
struct GenerateOptions {
    SamplerOptions sampler;
    int32_t max_tokens = -1;
    std::vector<std::string> stop;
    std::string grammar, json_schema;
    bool ignore_eos = false;
};

// false stops with DLGO_STOP_CALLBACK.
using TokenSink = std::function<bool(const dlgo_token_event&)>;

// Appends the prompt to the session, then generates. stats is filled also when an Error is thrown after the prompt was evaluated; then the
// session holds what was generated so far.
void generate(Session& session, std::span<const int32_t> prompt, const GenerateOptions& options, const TokenSink& sink, dlgo_stats& stats);

// The same for a prompt that begins at position 0: what the session already holds of it is kept. n_lasting: how many of its tokens the
// next prompt will begin with; there the session can be taken back to.
void generate_from_start(Session& session, std::span<const int32_t> prompt, size_t n_lasting, const GenerateOptions& options, const TokenSink& sink,
                         dlgo_stats& stats);

}  // namespace dlgo
