#include "core/text/chat.h"

#include "core/base/error.h"
#include "core/text/jinja/error.h"
#include "core/text/jinja/from_json.h"
#include "core/text/jinja/interpreter.h"
#include "core/text/jinja/parser.h"

namespace dlgo {

using jinja::Value;

struct ChatTemplate::Parsed {
    jinja::Body body;
};

constexpr std::string_view kChatMl =
    "{% for message in messages %}"
    "{{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}"
    "{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

ChatTemplate::ChatTemplate(std::string_view jinja_source) {
    try {
        parsed_ = std::make_unique<const Parsed>(Parsed{jinja::Parser(jinja_source).parse()});
    } catch (const jinja::SyntaxError& error) {
        fail(DLGO_ERROR_FORMAT, "chat template, line %zu: %s", error.line, error.what());
    } catch (const jinja::LimitExceeded& error) {
        fail(DLGO_ERROR_FORMAT, "chat template: %s", error.what());
    }
}

ChatTemplate::~ChatTemplate() = default;

const ChatTemplate& ChatTemplate::chatml() {
    static const ChatTemplate chatml(kChatMl);
    return chatml;
}

static Value messages_value(std::span<const ChatMessage> messages) {
    std::vector<Value> out;
    for (const ChatMessage& message : messages) {
        auto dict = std::make_shared<jinja::Dict>();
        dict->set(Value(std::string("role"), true), Value(std::string(message.role), false));
        dict->set(Value(std::string("content"), true), Value(std::string(message.content), false));
        out.emplace_back(std::move(dict));
    }
    return jinja::make_sequence(std::move(out));
}

static jinja::ScopePtr variables(const ChatRequest& request) {
    auto scope = std::make_shared<jinja::Scope>(nullptr);
    auto& v = scope->variables;
    v["messages"] = messages_value(request.messages);
    v["add_generation_prompt"] = Value(request.add_generation_prompt, true);
    v["bos_token"] = Value(std::string(request.bos_token), true);
    v["eos_token"] = Value(std::string(request.eos_token), true);
    v["tools"] = request.tools_json.empty() ? Value() : jinja::value_from_json(request.tools_json, "tools_json");
    if (request.extra_json.empty()) return scope;
    const Value extra = jinja::value_from_json(request.extra_json, "extra_json");
    if (!extra.is(Value::Kind::Dict)) fail(DLGO_ERROR_INVALID_ARGUMENT, "extra_json is not an object");
    for (const auto& [name, value] : extra.dict()->entries()) v[name.string()] = value;
    return scope;
}

static std::vector<ChatPiece> pieces(const jinja::Text& text) {
    std::vector<ChatPiece> out;
    size_t begin = 0;
    for (const jinja::Text::Run& run : text.runs()) {
        out.push_back({text.bytes().substr(begin, run.end - begin), run.trusted});
        begin = run.end;
    }
    return out;
}

std::vector<ChatPiece> ChatTemplate::render(const ChatRequest& request) const {
    jinja::Interpreter interpreter(variables(request));
    try {
        return pieces(interpreter.run(parsed_->body));
    } catch (const jinja::Refusal& refusal) {
        fail(DLGO_ERROR_INVALID_ARGUMENT, "%s", refusal.what());
    } catch (const jinja::RuntimeError& error) {
        fail(DLGO_ERROR_INVALID_ARGUMENT, "chat template, line %u: %s", interpreter.line(), error.what());
    } catch (const jinja::LimitExceeded& error) {
        fail(DLGO_ERROR_FORMAT, "chat template, line %u: %s", interpreter.line(), error.what());
    }
}

}  // namespace dlgo
