#include "core/api/chat_options.h"
#include "core/api/handles.h"
#include "models/llm/generate.h"

using namespace dlgo;
using namespace dlgo::api;

namespace {

struct Request {
    GenerateOptions options;
    ChatOptions chat;
    bool parse_special = false;
};

Request read(const dlgo_generate_options* options) {
    using O = dlgo_generate_options;
    const O o = read_options(options, dlgo_generate_options_init,
                             {offsetof(O, seed), offsetof(O, stop), offsetof(O, n_stop), offsetof(O, logit_bias), offsetof(O, n_logit_bias),
                              offsetof(O, grammar), offsetof(O, json_schema), offsetof(O, chat)});
    Request out;
    SamplerOptions& s = out.options.sampler;
    s.temperature = o.temperature;
    s.top_k = o.top_k;
    s.top_p = o.top_p;
    s.min_p = o.min_p;
    s.repetition_penalty = o.repetition_penalty;
    s.presence_penalty = o.presence_penalty;
    s.frequency_penalty = o.frequency_penalty;
    s.penalty_last_n = o.penalty_last_n;
    s.seed = o.seed;
    s.logprobs = o.logprobs;
    if (o.n_logit_bias > 0) {
        require(o.logit_bias, "logit_bias");
        s.logit_bias.assign(o.logit_bias, o.logit_bias + o.n_logit_bias);
    }
    if (o.n_stop > 0) require(o.stop, "stop");
    for (size_t i = 0; i < o.n_stop; ++i) out.options.stop.emplace_back(utf8(o.stop[i], "a stop string"));
    out.options.max_tokens = o.max_tokens;
    out.options.grammar = utf8_or_empty(o.grammar, "grammar");
    out.options.json_schema = utf8_or_empty(o.json_schema, "json_schema");
    out.options.ignore_eos = o.ignore_eos != 0;
    out.chat = read_chat_options(o.chat);
    out.parse_special = o.parse_special != 0;
    return out;
}

// run(session, sink, stats) with the caller's callback and stats around it.
template <typename Run>
dlgo_status stream(dlgo_session* handle, dlgo_token_callback callback, void* user_data, dlgo_stats* stats, const Run& run) {
    return guard([&] {
        Busy busy(handle);
        require(reinterpret_cast<const void*>(callback), "callback");
        dlgo_stats out{};
        out.load_ms = busy.session().model().load_ms();
        const TokenSink sink = [&](const dlgo_token_event& event) { return callback(&event, user_data) == 0; };
        try {
            run(busy.session(), sink, out);
        } catch (...) {
            if (stats) write_struct(stats, out, "stats");
            throw;
        }
        if (stats) write_struct(stats, out, "stats");
    });
}

int32_t collect(const dlgo_token_event* event, void* text) {
    static_cast<std::string*>(text)->append(event->text, event->text_len);
    return 0;
}

// The text of a streaming call.
template <typename Stream>
dlgo_status whole(char** out, const Stream& stream) {
    std::string text;
    dlgo_status status = guard([&] { require(out, "out"); });
    if (status == DLGO_OK) status = stream(&text);
    if (status == DLGO_OK) status = guard([&] { *out = new_text(text); });
    return status;
}

}  // namespace

extern "C" {

DLGO_API void dlgo_generate_options_init(dlgo_generate_options* options) {
    if (!options) return;
    const SamplerOptions s;
    *options = {};
    options->struct_size = sizeof *options;
    options->max_tokens = -1;
    options->temperature = s.temperature;
    options->top_k = s.top_k;
    options->top_p = s.top_p;
    options->min_p = s.min_p;
    options->repetition_penalty = s.repetition_penalty;
    options->penalty_last_n = s.penalty_last_n;
}

DLGO_API dlgo_status dlgo_generate_stream(dlgo_session* session, const char* prompt, const dlgo_generate_options* options,
                                          dlgo_token_callback callback, void* user_data, dlgo_stats* stats) {
    return stream(session, callback, user_data, stats, [&](Session& s, const TokenSink& sink, dlgo_stats& out) {
        const Request request = read(options);
        const auto tokens = s.model().tokenizer().encode(utf8(prompt, "prompt"), s.position() == 0, request.parse_special);
        generate(s, tokens, request.options, sink, out);
    });
}

DLGO_API dlgo_status dlgo_generate(dlgo_session* session, const char* prompt, const dlgo_generate_options* options, char** out) {
    return whole(out, [&](std::string* text) { return dlgo_generate_stream(session, prompt, options, collect, text, nullptr); });
}

DLGO_API dlgo_status dlgo_chat_stream(dlgo_session* session, const dlgo_message* messages, size_t n, const dlgo_generate_options* options,
                                      dlgo_token_callback callback, void* user_data, dlgo_stats* stats) {
    return stream(session, callback, user_data, stats, [&](Session& s, const TokenSink& sink, dlgo_stats& out) {
        const Request request = read(options);
        const auto conversation = read_messages(messages, n);
        const auto tokens = chat_tokens(s.model(), conversation, request.chat);
        const size_t n_lasting = s.forgets() ? lasting_tokens(s.model(), conversation, request.chat, tokens) : 0;
        generate_from_start(s, tokens, n_lasting, request.options, sink, out);
    });
}

DLGO_API dlgo_status dlgo_chat(dlgo_session* session, const dlgo_message* messages, size_t n, const dlgo_generate_options* options, char** out) {
    return whole(out, [&](std::string* text) { return dlgo_chat_stream(session, messages, n, options, collect, text, nullptr); });
}

}  // extern "C"
