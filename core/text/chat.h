// Chat templates: from a conversation to the text that a model expects.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace dlgo {

struct ChatMessage {
    std::string_view role, content;
};

struct ChatRequest {
    std::span<const ChatMessage> messages;
    bool add_generation_prompt = true;
    std::string_view tools_json;  // an array, or empty: none
    std::string_view extra_json;  // an object with further variables, or empty; they go before the variables above
    std::string_view bos_token, eos_token;
};

struct ChatPiece {
    std::string text;
    bool trusted;  // written by the author of the template, not by a user: may hold special tokens
};

// A template in Jinja, as models carry it. Serves any number of threads at once.
class ChatTemplate {
public:
    // FORMAT with the line for what is not a template.
    explicit ChatTemplate(std::string_view jinja_source);
    ~ChatTemplate();

    // For models without a template of their own.
    static const ChatTemplate& chatml();

    // Adjacent pieces differ in `trusted`. INVALID_ARGUMENT when the template raises an exception (with its message alone), when it cannot
    // handle this conversation (with the line), or for bad JSON; FORMAT when it does not end within the limits of jinja/limits.h.
    std::vector<ChatPiece> render(const ChatRequest& request) const;

private:
    struct Parsed;
    std::unique_ptr<const Parsed> parsed_;
};

}  // namespace dlgo
