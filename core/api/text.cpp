#include "core/api/chat_options.h"
#include "core/api/handles.h"

using namespace dlgo;
using namespace dlgo::api;

namespace {

// n elements for a caller with room for cap; out NULL with cap 0 only asks for n.
template <typename T>
void give(const T* values, size_t n, T* out, size_t cap, size_t* n_out) {
    *n_out = n;
    if (!out && cap == 0) return;
    if (cap > 0) require(out, "out");
    if (n > cap) fail(DLGO_ERROR_INVALID_ARGUMENT, "room for %zu, but %zu are needed", cap, n);
    if (n > 0) std::memcpy(out, values, n * sizeof(T));
}

}  // namespace

extern "C" {

DLGO_API dlgo_status dlgo_llm_tokenize(const dlgo_llm* llm, const char* text, size_t len, uint32_t flags, int32_t* out, size_t cap, size_t* n) {
    return guard([&] {
        const Model& model = model_of(llm);
        require(n, "n");
        if (len > 0) require(text, "text");
        if (flags & ~(DLGO_TOKENIZE_ADD_BOS | DLGO_TOKENIZE_PARSE_SPECIAL)) fail(DLGO_ERROR_INVALID_ARGUMENT, "flags are %u", flags);
        const std::vector<int32_t> tokens = model.tokenizer().encode({text, len}, flags & DLGO_TOKENIZE_ADD_BOS, flags & DLGO_TOKENIZE_PARSE_SPECIAL);
        give(tokens.data(), tokens.size(), out, cap, n);
    });
}

DLGO_API dlgo_status dlgo_llm_detokenize(const dlgo_llm* llm, const int32_t* tokens, size_t n, uint32_t flags, char* out, size_t cap,
                                         size_t* len) {
    return guard([&] {
        const Tokenizer& tokenizer = model_of(llm).tokenizer();
        require(len, "len");
        if (n > 0) require(tokens, "tokens");
        if (flags & ~DLGO_DETOKENIZE_SPECIAL) fail(DLGO_ERROR_INVALID_ARGUMENT, "flags are %u", flags);
        for (size_t i = 0; i < n; ++i) {
            if (tokens[i] < 0 || tokens[i] >= tokenizer.size()) {
                fail(DLGO_ERROR_INVALID_ARGUMENT, "token %d is not in the vocabulary of %d", tokens[i], tokenizer.size());
            }
        }
        const std::string text = tokenizer.decode(tokens, n, flags & DLGO_DETOKENIZE_SPECIAL);
        give(text.data(), text.size(), out, cap, len);
    });
}

DLGO_API void dlgo_chat_options_init(dlgo_chat_options* options) {
    if (!options) return;
    *options = {};
    options->struct_size = sizeof *options;
    options->add_generation_prompt = 1;
}

DLGO_API dlgo_status dlgo_llm_format_chat(const dlgo_llm* llm, const dlgo_message* messages, size_t n, const dlgo_chat_options* options,
                                          char** out) {
    return guard([&] {
        const Model& model = model_of(llm);
        require(out, "out");
        *out = new_text(chat_text(model, read_messages(messages, n), read_chat_options(options)));
    });
}

}  // extern "C"
