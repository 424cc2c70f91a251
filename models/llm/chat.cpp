#include "models/llm/chat.h"

#include <algorithm>
#include <optional>

#include "core/base/error.h"

namespace dlgo {

static std::vector<ChatPiece> render(const Model& model, std::span<const ChatMessage> messages, const ChatOptions& options) {
    const Tokenizer& t = model.tokenizer();
    std::optional<ChatTemplate> own;
    if (!options.template_text.empty()) own.emplace(options.template_text);
    ChatRequest request;
    request.messages = messages;
    request.add_generation_prompt = options.add_generation_prompt;
    request.tools_json = options.tools_json;
    request.extra_json = options.extra_json;
    if (t.bos() >= 0) request.bos_token = t.piece(t.bos(), true);
    if (t.eos() >= 0) request.eos_token = t.piece(t.eos(), true);
    return (own ? *own : model.chat_template()).render(request);
}

std::string chat_text(const Model& model, std::span<const ChatMessage> messages, const ChatOptions& options) {
    std::string out;
    for (const ChatPiece& piece : render(model, messages, options)) out += piece.text;
    return out;
}

std::vector<int32_t> chat_tokens(const Model& model, std::span<const ChatMessage> messages, const ChatOptions& options) {
    const std::vector<ChatPiece> rendered = render(model, messages, options);
    std::vector<Tokenizer::Piece> pieces;
    for (const ChatPiece& piece : rendered) pieces.push_back({piece.text, piece.trusted || options.parse_special});
    const Tokenizer& t = model.tokenizer();
    std::vector<int32_t> tokens = t.encode(pieces, false);
    // Most templates write BOS themselves.
    if (t.adds_bos() && t.bos() >= 0 && (tokens.empty() || tokens[0] != t.bos())) tokens.insert(tokens.begin(), t.bos());
    return tokens;
}

size_t lasting_tokens(const Model& model, std::span<const ChatMessage> messages, const ChatOptions& options, std::span<const int32_t> tokens) {
    ChatOptions bare = options;
    bare.add_generation_prompt = false;
    std::vector<int32_t> history;
    try {
        history = chat_tokens(model, messages, bare);
    } catch (const Error&) {
        return 0;  // a template that wants no such thing
    }
    return static_cast<size_t>(std::mismatch(history.begin(), history.end(), tokens.begin(), tokens.end()).first - history.begin());
}

}  // namespace dlgo
