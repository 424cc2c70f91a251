#include "models/llm/generate.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "core/base/error.h"
#include "core/sample/grammar/grammar.h"
#include "core/sample/json_schema.h"
#include "core/sample/stop.h"

namespace dlgo {

namespace {

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point begin) { return std::chrono::duration<double, std::milli>(Clock::now() - begin).count(); }

class Generation {
public:
    // Bad options are reported before the session changes.
    Generation(Session& session, const GenerateOptions& options, const TokenSink& sink, dlgo_stats& stats)
        : session_(session),
          options_(options),
          sink_(sink),
          stats_(stats),
          n_vocab_(session.model().plan().n_vocab),
          sampler_(options.sampler, static_cast<int32_t>(n_vocab_)),
          stop_(options.stop),
          logits_(n_vocab_) {
        if (options.max_tokens < -1) fail(DLGO_ERROR_INVALID_ARGUMENT, "max_tokens is %d, not -1 (no limit) or a count", options.max_tokens);
        if (!options.grammar.empty() && !options.json_schema.empty()) {
            fail(DLGO_ERROR_INVALID_ARGUMENT, "grammar and json_schema cannot be used together");
        }
        if (!options.json_schema.empty()) {
            grammar_.emplace(gbnf_from_json_schema(options.json_schema), session.model().grammar_vocabulary());
        } else if (!options.grammar.empty()) {
            grammar_.emplace(options.grammar, session.model().grammar_vocabulary());
        }
    }

    // The position after the first n_lasting tokens is marked.
    void prefill(std::span<const int32_t> prompt, size_t n_lasting = 0) {
        const auto begin = Clock::now();
        if (n_lasting > 1 && n_lasting < prompt.size() && session_.forgets()) {
            session_.eval(prompt.first(n_lasting), Session::Rows::None, nullptr);
            session_.mark();
            prompt = prompt.subspan(n_lasting);
        }
        session_.eval(prompt, Session::Rows::Last, logits_.data());
        stats_.prompt_ms = ms_since(begin);
        for (const int32_t token : session_.tokens()) sampler_.accept(token);
    }

    void run() {
        const auto begin = Clock::now();
        try {
            stats_.stop_reason = loop();
            flush();
        } catch (const Error& e) {
            stats_.generate_ms = ms_since(begin);
            if (e.code() == DLGO_ERROR_CANCELLED) stats_.stop_reason = DLGO_STOP_CANCEL;
            throw;
        }
        stats_.generate_ms = ms_since(begin);
    }

private:
    int32_t loop() {
        const Tokenizer& tokenizer = session_.model().tokenizer();
        for (;;) {
            if (options_.max_tokens >= 0 && stats_.generated_tokens >= static_cast<uint64_t>(options_.max_tokens)) return DLGO_STOP_LENGTH;
            if (session_.cancelled()) fail(DLGO_ERROR_CANCELLED, "cancelled");
            const int32_t token = sampler_.sample(logits_.data(), grammar_ ? &*grammar_ : nullptr);
            const bool in_vocabulary = token < tokenizer.size();  // models may have more rows than tokens
            const bool ends = in_vocabulary && tokenizer.is_end_of_generation(token);
            if (ends && !options_.ignore_eos) return DLGO_STOP_EOS;
            sampler_.accept(token);
            if (grammar_ && !ends) grammar_->accept(token);
            ++stats_.generated_tokens;
            const bool go_on = emit(token, stop_.push(in_vocabulary ? bytes_of(token) : std::string()));
            if (session_.position() == session_.n_ctx()) return DLGO_STOP_CONTEXT;
            // The last token is evaluated too: the session is to hold all that was generated.
            session_.eval({&token, 1}, Session::Rows::Last, logits_.data());
            if (!go_on) return DLGO_STOP_CALLBACK;
            if (stop_.stopped()) return DLGO_STOP_STRING;
            if (grammar_ && grammar_->finished()) return DLGO_STOP_GRAMMAR;
        }
    }

    // The first token of a text has no space in front of it.
    std::string bytes_of(int32_t token) {
        const Tokenizer& t = session_.model().tokenizer();
        if (at_start_) {
            const auto& before = session_.tokens();
            at_start_ = std::all_of(before.begin(), before.end(), [&](int32_t id) { return id < t.size() && t.is_special(id); });
        }
        return at_start_ ? t.decode(&token, 1, false) : std::string(t.piece(token, false));
    }

    bool emit(int32_t token, std::string_view text) {
        if (text.empty() && options_.sampler.logprobs == 0) return true;
        text_.assign(text);
        dlgo_token_event event{};
        event.struct_size = sizeof event;
        event.token = token;
        event.text = text_.c_str();
        event.text_len = text_.size();
        if (options_.sampler.logprobs > 0 && token >= 0) {
            event.logprob = sampler_.logprob();
            event.top = sampler_.top_logprobs().data();
            event.n_top = static_cast<uint32_t>(sampler_.top_logprobs().size());
        }
        return sink_(event);
    }

    // Text that was held back and is not going to be a stop string any more.
    void flush() {
        const std::string_view rest = stop_.flush();
        if (!rest.empty() && stats_.stop_reason != DLGO_STOP_CALLBACK && !emit(-1, rest)) stats_.stop_reason = DLGO_STOP_CALLBACK;
    }

    Session& session_;
    const GenerateOptions& options_;
    const TokenSink& sink_;
    dlgo_stats& stats_;
    uint32_t n_vocab_;
    Sampler sampler_;
    StopMatcher stop_;
    std::optional<Grammar> grammar_;
    std::vector<float> logits_;
    std::string text_;
    bool at_start_ = true;
};

}  // namespace

void generate(Session& session, std::span<const int32_t> prompt, const GenerateOptions& options, const TokenSink& sink, dlgo_stats& stats) {
    if (prompt.empty()) fail(DLGO_ERROR_INVALID_ARGUMENT, "the prompt has no tokens");
    Generation generation(session, options, sink, stats);
    stats.prompt_tokens = prompt.size();
    generation.prefill(prompt);
    generation.run();
}

void generate_from_start(Session& session, std::span<const int32_t> prompt, size_t n_lasting, const GenerateOptions& options, const TokenSink& sink,
                         dlgo_stats& stats) {
    if (prompt.empty()) fail(DLGO_ERROR_INVALID_ARGUMENT, "the conversation has no tokens");
    if (prompt.size() > session.n_ctx()) {
        fail(DLGO_ERROR_CONTEXT_FULL, "the conversation has %zu tokens, the context %u", prompt.size(), session.n_ctx());
    }
    Generation generation(session, options, sink, stats);
    const auto& held = session.tokens();
    const size_t common = static_cast<size_t>(std::mismatch(prompt.begin(), prompt.end(), held.begin(), held.end()).first - prompt.begin());
    // The last token is evaluated again in any case: its logits are needed.
    const size_t kept = session.truncate_at_most(std::min(common, prompt.size() - 1));
    stats.prompt_tokens = prompt.size();
    stats.cached_tokens = kept;
    generation.prefill(prompt.subspan(kept), n_lasting > kept ? n_lasting - kept : 0);
    generation.run();
}

}  // namespace dlgo
