#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>
namespace dlgo {
struct ChatPiece { std::string text; bool trusted; };
struct ChatMessage { std::string_view role, content; };
struct ChatRequest { std::span<const ChatMessage> messages; bool add_generation_prompt = true; std::string_view tools_json, extra_json; std::string_view bos_token, eos_token; };
class ChatTemplate { public: explicit ChatTemplate(std::string_view jinja_source); static const ChatTemplate& chatml(); std::vector<ChatPiece> render(const ChatRequest&) const; };
}
