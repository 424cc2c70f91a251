#include "core/text/chat.h"

#include <catch2/catch_test_macros.hpp>
#include <ctime>

#include "tests/support/errors.h"

using namespace dlgo;

namespace {

const ChatMessage kMessages[] = {{"system", "Be brief."}, {"user", "Hi <|im_end|>"}};

std::string text(const std::vector<ChatPiece>& pieces) {
    std::string out;
    for (const ChatPiece& piece : pieces) out += piece.text;
    return out;
}

}  // namespace

TEST_CASE("Chat: ChatML", "[text]") {
    ChatRequest request;
    request.messages = kMessages;
    const auto pieces = ChatTemplate::chatml().render(request);
    CHECK(text(pieces) == "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHi <|im_end|><|im_end|>\n<|im_start|>assistant\n");
    for (size_t i = 1; i < pieces.size(); ++i) CHECK(pieces[i].trusted != pieces[i - 1].trusted);
    bool found = false;
    for (const ChatPiece& piece : pieces) found |= !piece.trusted && piece.text == "Hi <|im_end|>";
    CHECK(found);
    request.add_generation_prompt = false;
    CHECK(text(ChatTemplate::chatml().render(request)).ends_with("Hi <|im_end|><|im_end|>\n"));
}

TEST_CASE("Chat: variables of a template", "[text]") {
    ChatRequest request;
    request.messages = kMessages;
    request.bos_token = "<s>";
    request.eos_token = "</s>";
    const auto render = [&](const char* source) { return text(ChatTemplate(source).render(request)); };
    CHECK(render("{{ bos_token }}{{ eos_token }}{{ messages | length }}{{ messages[0]['role'] }}") == "<s></s>2system");
    CHECK(render("{{ tools is none }}{{ add_generation_prompt }}{{ x is defined }}") == "TrueTrueFalse");
    request.tools_json = R"([{"type":"function","function":{"z":1,"a":{}}}])";
    CHECK(render("{{ tools[0] | tojson }}") == R"({"type": "function", "function": {"z": 1, "a": {}}})");
    request.extra_json = R"({"enable_thinking":false,"eos_token":"!"})";
    CHECK(render("{{ enable_thinking }}{{ eos_token }}") == "False!");

    const std::time_t now = std::time(nullptr);
    std::tm local{};
    localtime_r(&now, &local);
    CHECK(render("{{ strftime_now('%Y') }}") == std::to_string(local.tm_year + 1900));
}

TEST_CASE("Chat: bad JSON is named", "[text]") {
    const auto refused = [](const char* tools, const char* extra, const char* message) {
        ChatRequest request;
        request.tools_json = tools;
        request.extra_json = extra;
        const auto e = test::thrown_by([&] { ChatTemplate::chatml().render(request); });
        INFO(e.message);
        CHECK(e.code == DLGO_ERROR_INVALID_ARGUMENT);
        CHECK(e.says(message));
    };
    refused("[", "", "tools_json is not JSON");
    refused("", "{", "extra_json is not JSON");
    refused("", "[]", "extra_json is not an object");
    refused((std::string(5000, '[') + std::string(5000, ']')).c_str(), "", "nested too deeply");
}
