#include "core/text/chat.h"

#include "core/base/error.h"

namespace dlgo {

ChatTemplate::ChatTemplate(std::string_view) {}

const ChatTemplate& ChatTemplate::chatml() {
    static const ChatTemplate chatml("");
    return chatml;
}

std::vector<ChatPiece> ChatTemplate::render(const ChatRequest& request) const {
    std::vector<ChatPiece> out;
    for (const ChatMessage& m : request.messages) {
        out.push_back({"<|im_start|>", true});
        out.push_back({std::string(m.role) + "\n" + std::string(m.content), false});
        out.push_back({"<|im_end|>\n", true});
    }
    if (request.add_generation_prompt) out.push_back({"<|im_start|>assistant\n", true});
    return out;
}

}  // namespace dlgo
