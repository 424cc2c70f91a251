// Renderings as Python's jinja2 gives them.
#include <catch2/catch_test_macros.hpp>

#include "core/text/chat.h"
#include "tests/support/errors.h"

using namespace dlgo;

namespace {

constexpr const char* kData = R"({"a":5,"f":2.5,"s":"Hello World","u":"\u00fcn\u00ef \u00df","n":null,"y":true,"l":[3,1,2],"e":[],
  "d":{"k":"v","x":1},"m":[{"name":"x","v":1,"g":{"h":"p"}},{"name":"Y","v":3}],"html":"<b>&'\"","big":1e20,"deep":{"a":{"b":[1]}}})";

std::string render(const std::string& source) {
    ChatRequest request;
    request.extra_json = kData;
    std::string out;
    for (const ChatPiece& piece : ChatTemplate(source).render(request)) out += piece.text;
    return out;
}

struct Case {
    const char* source;
    const char* expected;
};

void check(std::initializer_list<Case> cases) {
    for (const Case& c : cases) {
        INFO(c.source);
        try {
            CHECK(render(c.source) == c.expected);
        } catch (const Error& error) {
            FAIL_CHECK(error.what());
        }
    }
}

void check_error(const std::string& source, dlgo_status code, const std::string& message) {
    const auto e = test::thrown_by([&] { render(source); });
    INFO(source << ": " << e.message);
    CHECK(e.code == code);
    CHECK(e.says(message));
}

}  // namespace

TEST_CASE("Jinja: white space around tags", "[text]") {
    check({
        {"a\n  {% if y %}\n  b\n  {% endif %}\nc\n", "a\n  b\nc"},
        {"  {%+ if y %}x{% endif +%}\n", "  x"},
        {"  {%+ if y %}x{% endif +%}\ny", "  x\ny"},
        {"a {{- 1 -}} b", "a1b"},
        {"a {%- if y -%} b {%- endif -%} c", "abc"},
        {"  {# note #}\nx", "x"},
        {"x {#- note -#} y", "xy"},
        {"{% raw %}{{ x }}{% endraw %}", "{{ x }}"},
        {"{%- raw -%} {% if %} {%- endraw -%}\n", "{% if %}"},
        {"a\r\nb\rc", "a\nb\nc"},
        {"{{ '}}' }}{{ {'a': {'b': 1}} }}", "}}{'a': {'b': 1}}"},
    });
}

TEST_CASE("Jinja: expressions", "[text]") {
    check({
        {"{{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 2 ** 10 }} {{ 2 ** -1 }} {{ -7.5 // 2 }}", "3 -4 2 3.5 1024 0.5 -4.0"},
        {"{{ 1e16 }} {{ 1e15 }} {{ 0.0001 }} {{ 0.00001 }} {{ 1.0 }} {{ big }} {{ 0.1 + 0.2 }}", "1e+16 1000000000000000.0 0.0001 1e-05 1.0 1e+20 0.30000000000000004"},
        {"{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 'a' in s }} {{ 'lo W' in s }} {{ 3 not in l }} {{ 'k' in d }}", "True False False True False True"},
        {"{{ 'a' ~ 1 ~ none ~ true }} {{ 'ab' * 2 }} {{ [1] + [2] }}", "a1NoneTrue abab [1, 2]"},
        {"{{ 1 if y }}|{{ 1 if not y }}|{{ 2 if n else 3 }}", "1||3"},
        {"{{ s[1:4] }} {{ s[::-1] }} {{ u[0] }} {{ u[-1:] }} {{ l[-1] }} {{ l[5:] }} {{ l[::2] }}", "ell dlroW olleH \xC3\xBC \xC3\x9F 2 [] [3, 2]"},
        {"{{ d.k }} {{ d['x'] }} {{ m.0.name }} {{ deep.a.b[0] }} {{ d.nothing }}|{{ nothing }}", "v 1 x 1 |"},
        {"{{ y and n }} {{ n or 'x' }} {{ not n }} {{ -a }} {{ -a|abs }}", "None x True -5 5"},
        {"{{ (1,) }} {{ () }} {{ {'a': \"it's\"} }} {{ ['\\n\\x07\\u00e9'] }}", "(1,) () {'a': \"it's\"} ['\\n\\x07\xC3\xA9']"},
        {"{{ 0x1F }} {{ 0b101 }} {{ 1_000 }} {{ 'a' 'b' }} {{ '\\u00e9\\t\\q' }}", "31 5 1000 ab \xC3\xA9\t\\q"},
        {"{{ '%s-%05.1f-%x-%r' % ('a', 2.25, 255, 'q') }} {{ '%(k)s' % d }}", "a-002.2-ff-'q' v"},
        {"{{ '{} {1!r} {k:>4}|{:.2f}'.replace('{1!r} ', '').format('a', 2.5, k='z') }}", "a    z|2.50"},
    });
}

TEST_CASE("Jinja: statements", "[text]") {
    check({
        {"{% for i in l %}{{ loop.index }}{{ loop.first }}{{ i }}{% if not loop.last %},{% endif %}{% endfor %}", "1True3,2False1,3False2"},
        {"{% for i in e %}x{% else %}none{% endfor %}", "none"},
        {"{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}", "k=v;x=1;"},
        {"{% for i in range(9) if i is even %}{% if i == 6 %}{% break %}{% endif %}{% if i == 2 %}{% continue %}{% endif %}{{ i }}{% endfor %}", "04"},
        {"{% for i in [[1, [2]], [3]] recursive %}{{ loop.depth }}{{ i if i is number else loop(i) }}{% endfor %}", "121232123"},
        {"{% for i in l %}{{ loop.previtem }}>{{ loop.nextitem }} {{ loop.cycle('a', 'b') }};{% endfor %}", ">1 a;3>2 b;1> a;"},
        {"{% set x = 1 %}{% for i in l %}{{ x }}{% set x = 2 %}{{ x }}{% endfor %}{{ x }}", "1212121"},
        {"{% set ns = namespace(n=0) %}{% for i in l %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}", "6"},
        {"{% set a, b = 1, (2, 3) %}{{ a }}{{ b }}", "1(2, 3)"},
        {"{% set t | upper %}ab{% endset %}{{ t }}{% filter trim %}  x {% endfilter %}", "ABx"},
        {"{% macro m(a, b='B') %}[{{ a }}{{ b }}{{ varargs }}{{ kwargs }}]{% endmacro %}{{ m(1, 2, 3, z=4) }}{{ m() }}", "[12(3,){'z': 4}][B(){}]"},
        {"{% macro m(x) %}<{{ caller(x) }}>{% endmacro %}{% call(y) m('q') %}{{ y }}!{% endcall %}", "<q!>"},
        {"{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(3) }}", "3210"},
        {"{% with a = 1, b = 1 %}{{ a }}{{ b }}{% endwith %}{% generation %}g{% endgeneration %}{% block x %}b{% endblock %}", "11gb"},
        {"{% if n %}1{% elif e %}2{% elif y %}3{% else %}4{% endif %}", "3"},
    });
}

TEST_CASE("Jinja: filters and tests", "[text]") {
    check({
        {"{{ m | map(attribute='name') | join(',') }} {{ m | selectattr('v', 'gt', 1) | map(attribute='name') | list }}", "x,Y ['Y']"},
        {"{{ l | sort }} {{ l | sort(reverse=true) }} {{ ['b', 'A'] | sort }} {{ d | dictsort }} {{ l | reverse | list }}", "[1, 2, 3] [3, 2, 1] ['A', 'b'] [('k', 'v'), ('x', 1)] [2, 1, 3]"},
        {"{{ nothing | default('D') }}{{ '' | d('E', true) }}{{ n | default('F') }}", "DENone"},
        {"{{ '3.7' | int }} {{ 'x' | int(9) }} {{ '2' | float }} {{ 2.5 | round }} {{ 2.675 | round(2) }} {{ 2.1 | round(0, 'ceil') }}", "3 9 2.0 2.0 2.67 3.0"},
        {"{{ s | length }} {{ u | upper }} {{ s | title }} {{ 'a b' | wordcount }} {{ ' x ' | trim }}", "11 \xC3\x9CN\xC3\x8F SS Hello World 2 x"},
        {"{{ html | e }} {{ html | safe }} {{ ('<' | safe) + '<' }}", "&lt;b&gt;&amp;&#39;&#34; <b>&'\" <&lt;"},
        {"{{ d | tojson }} {{ d | tojson(indent=1) }} {{ u | tojson }} {{ u | tojson(ensure_ascii=true) }}",
         "{\"k\": \"v\", \"x\": 1} {\n \"k\": \"v\",\n \"x\": 1\n} \"\xC3\xBCn\xC3\xAF \xC3\x9F\" \"\\u00fcn\\u00ef \\u00df\""},
        {"{{ d | tojson(separators=(',', ':')) }} {{ {'b': 1, 'a': [true, none, 1.5]} | tojson(sort_keys=true) }}", "{\"k\":\"v\",\"x\":1} {\"a\": [true, null, 1.5], \"b\": 1}"},
        {"{{ 'a\\nb\\n\\nc' | indent(2) }}|{{ [1,2,3] | batch(2, 0) | list }}{{ [1,2,3] | slice(2) | list }}", "a\n  b\n\n  c|[[1, 2], [3, 0]][[1, 2], [3]]"},
        {"{{ m | groupby('name') | map('first') | list }} {{ ['a', 'A', 'b'] | unique | list }} {{ l | sum }} {{ l | max }}", "['x', 'Y'] ['a', 'b'] 6 3"},
        {"{{ a is number }}{{ s is string }}{{ d is mapping }}{{ nothing is defined }}{{ n is none }}{{ a is divisibleby 5 }}{{ 2 is in l }}", "TrueTrueTrueFalseTrueTrueTrue"},
        {"{{ 'a,b,c'.split(',', 1) }} {{ ' a  b '.split() }} {{ s.startswith('He') }} {{ 'xaxx'.strip('x') }} {{ s.find('World') }}", "['a', 'b,c'] ['a', 'b'] True a 6"},
        {"{{ d.get('q', 'z') }} {{ d.items() | list }} {{ l.append is defined }} {{ ','.join(['a', 'b']) }}", "z [('k', 'v'), ('x', 1)] False a,b"},
        {"{{ 'abc' | truncate(5) }} {{ 'hello big world' | truncate(11, false, '..', 0) }} {{ 'ab' | center(6) }}|", "abc hello..   ab  |"},
    });
}

TEST_CASE("Jinja: broken templates are refused with their line", "[text]") {
    check_error("a\n{% if %}", DLGO_ERROR_FORMAT, "line 2");
    check_error("{% for x in y %}", DLGO_ERROR_FORMAT, "endfor");
    check_error("{{ a", DLGO_ERROR_FORMAT, "line 1");
    check_error("{{ 'a }}", DLGO_ERROR_FORMAT, "string");
    check_error("{{ a | nofilter }}", DLGO_ERROR_FORMAT, "No filter named 'nofilter'");
    check_error("{% include 'x' %}", DLGO_ERROR_FORMAT, "'include' is not supported");
    check_error("{% import 'x' as y %}", DLGO_ERROR_FORMAT, "'import' is not supported");
    check_error("{% extends 'x' %}", DLGO_ERROR_FORMAT, "'extends' is not supported");
    check_error("{% nonsense %}", DLGO_ERROR_FORMAT, "unknown tag 'nonsense'");
    check_error("{{ (1] }}", DLGO_ERROR_FORMAT, "expected ')'");
    check_error("{# a", DLGO_ERROR_FORMAT, "comment");
    check_error("{% break %}", DLGO_ERROR_FORMAT, "outside of a loop");
    check_error(std::string(100000, '\n') + "{{ " + std::string(5000, '(') + "1", DLGO_ERROR_FORMAT, "deep");
}

TEST_CASE("Jinja: what goes wrong while rendering", "[text]") {
    check_error("{{ raise_exception('not today') }}", DLGO_ERROR_INVALID_ARGUMENT, "not today");
    CHECK(test::thrown_by([] { render("{{ raise_exception('just this: %s') }}"); }).message == "just this: %s");
    check_error("\n{{ nothing.x }}", DLGO_ERROR_INVALID_ARGUMENT, "line 2: 'nothing' is undefined");
    check_error("{{ d.q.x }}", DLGO_ERROR_INVALID_ARGUMENT, "'dict object' has no attribute 'q'");
    check_error("{{ 'a' + 1 }}", DLGO_ERROR_INVALID_ARGUMENT, "can only concatenate str (not \"int\") to str");
    check_error("{{ n | length }}", DLGO_ERROR_INVALID_ARGUMENT, "object of type 'NoneType' has no len()");
    check_error("{% for x in n %}{% endfor %}", DLGO_ERROR_INVALID_ARGUMENT, "'NoneType' object is not iterable");
    check_error("{{ 1 // 0 }}", DLGO_ERROR_INVALID_ARGUMENT, "ZeroDivisionError");
    check_error("{{ l.append(1) }}", DLGO_ERROR_INVALID_ARGUMENT, "access to attribute 'append' of 'list' object is unsafe.");
    check_error("{{ 2 ** 70 }}", DLGO_ERROR_INVALID_ARGUMENT, "OverflowError");
}

TEST_CASE("Jinja: hostile templates end", "[text]") {
    check_error("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", DLGO_ERROR_FORMAT, "levels deep");
    check_error("{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}", DLGO_ERROR_FORMAT, "steps");
    check_error("{{ 'aaaaaaaa' * 999999999999 }}", DLGO_ERROR_FORMAT, "bytes");
    check_error("{% set ns = namespace(s='aaaaaaaa') %}{% for i in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}", DLGO_ERROR_FORMAT, "bytes");
    check_error("{% set ns = namespace(l=[]) %}{% for i in range(9999) %}{% set ns.l = [ns.l] %}{% endfor %}", DLGO_ERROR_FORMAT, "nested");
    check_error("{% set ns = namespace(l={}) %}{% for i in range(9999) %}{% set ns.l = {'a': ns.l}.items %}{% endfor %}", DLGO_ERROR_FORMAT, "nested");
    check_error("{{ '%99999999999d' % 1 }}", DLGO_ERROR_FORMAT, "width");
    check_error("{{ [0] * 99999999 }}", DLGO_ERROR_FORMAT, "steps");
    CHECK(render("{% set ns = namespace() %}{% set ns.self = ns %}{% for i in range(9999) %}{% set ns.next = namespace(p=ns.next) %}{% endfor %}ok") == "ok");
}
