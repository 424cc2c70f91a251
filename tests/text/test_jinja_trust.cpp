// Which bytes of a rendering come from the template and which from users.
#include <catch2/catch_test_macros.hpp>

#include "core/text/chat.h"

using namespace dlgo;

namespace {

// Untrusted bytes in brackets.
std::string marked(const std::string& source) {
    const ChatMessage messages[] = {{"user", " <|x|> "}, {"assistant", "b,c"}};
    ChatRequest request;
    request.messages = messages;
    request.bos_token = "<s>";
    request.tools_json = R"([{"name":"t","n":7}])";
    request.extra_json = R"({"extra":"E"})";
    std::string out;
    for (const ChatPiece& piece : ChatTemplate("{% set c = messages[0].content %}" + source).render(request)) {
        out += piece.trusted ? piece.text : "[" + piece.text + "]";
    }
    return out;
}

}  // namespace

TEST_CASE("Jinja: text of users is never trusted", "[text]") {
    const struct {
        const char* source;
        const char* expected;
    } cases[] = {
        {"{{ bos_token }}<a>{{ c }}", "<s><a>[ <|x|> ]"},
        {"{{ '<|im_start|>' + messages[0].role + '\\n' }}", "<|im_start|>[user]\n"},
        {"{{ 'a' ~ c ~ 'b' }}", "a[ <|x|> ]b"},
        {"{{ c | trim }}{{ c.strip() }}{{ c[1:3] }}", "[<|x|><|x|><|]"},
        {"{{ c | upper }}{{ 'k' | upper }}", "[ <|X|> ]K"},
        {"{{ c | replace('x', 'yy') }}", "[ <|]yy[|> ]"},
        {"{{ '<C>' | replace('C', c) }}", "<[ <|x|> ]>"},
        {"{{ messages[1].content.split(',') | join('+') }}", "[b]+[c]"},
        {"{{ [c, 'lit'] | join('|') }}", "[ <|x|> ]|lit"},
        {"{{ tools | tojson }}", "[[{\"name\": \"t\", \"n\": 7}]]"},
        {"{{ c | tojson }}{{ 'lit' | tojson }}", "[\" <|x|> \"]\"lit\""},
        {"{{ messages[0] }}", "[{'role': 'user', 'content': ' <|x|> '}]"},
        {"{{ tools[0].n }}{{ 7 }}{{ tools[0].n + 1 }}{{ loop }}", "[7]7[8]"},
        {"{{ extra }}{% set x %}<{{ extra }}>{% endset %}{{ x }}", "[E]<[E]>"},
        {"{% macro m(t) %}<{{ t }}>{% endmacro %}{{ m(extra) }}{{ m('lit') }}", "<[E]><lit>"},
        {"{{ '%s:%s' % (extra, 'lit') }}{{ '{}:{}'.format(extra, 'lit') }}", "[E]:lit[E]:lit"},
        {"{{ extra | safe }}{{ extra | e }}{{ extra | string }}{{ extra | indent }}{{ extra | center(3) }}", "[EEEE] [E] "},
        {"{{ extra * 2 }}{{ extra | list | first }}{{ extra | reverse }}{% for ch in extra %}{{ ch }}{% endfor %}", "[EEEEE]"},
        {"{% for k, v in messages[1].items() %}{{ k }}={{ v }};{% endfor %}", "role=[assistant];content=[b,c];"},
        {"{% for i in [1, 2] %}<|{{ loop.index }}|>{% endfor %}", "<|1|><|2|>"},
        {"{% filter upper %}a{{ extra }}{% endfilter %}", "A[E]"},
    };
    for (const auto& c : cases) {
        INFO(c.source);
        CHECK(marked(c.source) == c.expected);
    }
}
