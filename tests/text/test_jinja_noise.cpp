// Damaged and random templates: an error or a rendering, never a crash.
#include <catch2/catch_test_macros.hpp>
#include <random>

#include "core/base/error.h"
#include "core/text/chat.h"

using namespace dlgo;

namespace {

void try_template(const std::string& source) {
    ChatRequest request;
    request.extra_json = R"({"a":5,"s":"Hello","l":[3,1,2],"d":{"k":"v"},"m":[{"name":"x","v":1}]})";
    try {
        ChatTemplate(source).render(request);
    } catch (const Error& error) {
        if (error.code() != DLGO_ERROR_FORMAT && error.code() != DLGO_ERROR_INVALID_ARGUMENT) FAIL(source << ": " << error.what());
    }
}

constexpr const char* kSeeds[] = {
    "{%- for m in messages if m.x is defined recursive %}{{ loop.index0 ~ m['a'] | tojson(indent=2) }}{% else %}-{% endfor +%}\n",
    "{% macro f(a, b=[1, 2.5e3], c='x\\u00e9') -%}{{ a[1:-1:2] ** 2 // 3 % (b | length) }}{{ caller() }}{% endmacro %}{% call f(*l, **d) %}x{% endcall %}",
    "{% set ns = namespace(x=1) %}{% set ns.x = {'k': (1, l), 2: not a} %}{% if a < 3 <= 4 and 'x' not in s %}{% elif a %}{% raw %}{{ {% endraw %}{% endif %}",
    "{{ '%-5s|%05.2f' % (s, a) }}{{ '{:>{w}}'.format(s, w=9) }}{{ s.split('l')[0].center(20, '*') | replace('', '-') | indent(2, true) }}",
    "{% filter upper %}{# c #}{{ m | groupby('name') | map('first') | join(', ') }}{% endfilter %}{% with a = 1 %}{% generation %}{% endgeneration %}{% endwith %}",
};

constexpr const char* kPieces[] = {"{{", "}}", "{%", "%}", "{#", "#}", "-", "(", ")", "[", "]", "{", "}", "'", "\"", "\\", "|", ".", "for", "in", "if", "endif", "set", "=",
                                   "is", "not", "~", "**", "loop", "a", "l", "s", "d", ",", ":", "1", "0.5", "\n", " ", "macro", "endmacro", "endfor", "else", "\xC3", "\xFF"};

}  // namespace

TEST_CASE("Jinja: mutated templates", "[text]") {
    std::mt19937 random(7);
    for (int i = 0; i < 4000; ++i) {
        std::string source = kSeeds[random() % std::size(kSeeds)];
        for (unsigned n = 1 + random() % 4; n > 0 && !source.empty(); --n) {
            const size_t at = random() % source.size();
            switch (random() % 5) {
                case 0: source[at] = static_cast<char>(random()); break;
                case 1: source.erase(at, 1 + random() % 8); break;
                case 2: source.insert(at, kPieces[random() % std::size(kPieces)]); break;
                case 3: source.insert(at, source.substr(random() % source.size(), random() % 20)); break;
                default: source.resize(at);
            }
        }
        try_template(source);
    }
}

TEST_CASE("Jinja: random templates", "[text]") {
    std::mt19937 random(11);
    for (int i = 0; i < 4000; ++i) {
        std::string source = i % 2 ? "{{ " : "{% ";
        for (unsigned n = random() % 30; n > 0; --n) source += std::string(kPieces[random() % std::size(kPieces)]) + (random() % 2 ? " " : "");
        source += i % 2 ? " }}" : " %}";
        try_template(source);
        std::string noise;
        for (unsigned n = random() % 60; n > 0; --n) noise += static_cast<char>(random());
        try_template("{{" + noise + "}}{%" + noise);
    }
}

TEST_CASE("Jinja: deep and long expressions", "[text]") {
    for (const char* open : {"(", "[", "{1:", "not ", "-", "a if a else ", "a[", "a(", "a|d(", "{{", "a.b is eq(", "(a,"}) {
        std::string source = "{{ ";
        for (int i = 0; i < 20000; ++i) source += open;
        try_template(source + " }}");
    }
    for (const char* tag : {"{% if a %}", "{% for x in l %}", "{% filter upper %}", "{% macro m() %}", "{% if a %}{% else %}"}) {
        std::string source;
        for (int i = 0; i < 20000; ++i) source += tag;
        try_template(source);
    }
    for (const char* more : {" + 1", " ~ 1", ".a", "[0]", "|d", " < 1", " and 1", " is defined", "()"}) {
        std::string source = "{{ a";
        for (int i = 0; i < 20000; ++i) source += more;
        try_template(source + " }}");
    }
}
