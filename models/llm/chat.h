// From a conversation to text and tokens, by the model's chat template.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "models/llm/model.h"

namespace dlgo {

// The fields of dlgo_chat_options, with the same meaning.
struct ChatOptions {
    bool add_generation_prompt = true;
    std::string template_text, tools_json, extra_json;
    bool parse_special = false;
};

// INVALID_ARGUMENT when the template refuses the conversation, FORMAT when it is broken.
std::string chat_text(const Model& model, std::span<const ChatMessage> messages, const ChatOptions& options);

// Special tokens come from the template only, unless options.parse_special.
std::vector<int32_t> chat_tokens(const Model& model, std::span<const ChatMessage> messages, const ChatOptions& options);

// How many of these tokens stand for the messages alone: what comes after them may be different when the answer is part of the history
// (templates drop thoughts).
size_t lasting_tokens(const Model& model, std::span<const ChatMessage> messages, const ChatOptions& options, std::span<const int32_t> tokens);

}  // namespace dlgo
