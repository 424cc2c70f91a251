// Conversations as they come through the C API.
#pragma once
#include "core/api/guard.h"
#include "models/llm/chat.h"

namespace dlgo::api {

inline std::vector<ChatMessage> read_messages(const dlgo_message* messages, size_t n) {
    if (n == 0) fail(DLGO_ERROR_INVALID_ARGUMENT, "there are no messages");
    require(messages, "messages");
    std::vector<ChatMessage> out;
    for (size_t i = 0; i < n; ++i) out.push_back({utf8(messages[i].role, "role"), utf8(messages[i].content, "content")});
    return out;
}

inline ChatOptions read_chat_options(const dlgo_chat_options* options) {
    using O = dlgo_chat_options;
    const O o = read_options(options, dlgo_chat_options_init, {offsetof(O, template_text), offsetof(O, tools_json), offsetof(O, extra_json)});
    ChatOptions out;
    out.add_generation_prompt = o.add_generation_prompt != 0;
    out.template_text = utf8_or_empty(o.template_text, "template_text");
    out.tools_json = utf8_or_empty(o.tools_json, "tools_json");
    out.extra_json = utf8_or_empty(o.extra_json, "extra_json");
    out.parse_special = o.parse_special != 0;
    return out;
}

}  // namespace dlgo::api
