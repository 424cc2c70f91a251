#include "core/sample/json_schema.h"

#include <catch2/catch_test_macros.hpp>

#include "core/sample/grammar/grammar.h"
#include "tests/support/errors.h"

using namespace dlgo;

namespace {

bool allows(const std::string& schema, const std::string& text) {
    GrammarMatcher m(std::make_shared<const GrammarAutomaton>(compile_grammar(parse_gbnf(gbnf_from_json_schema(schema)))));
    return m.complete(m.walk(m.start(), text));
}

struct Case {
    const char* schema;
    std::vector<const char*> yes, no;
};

void check(const std::vector<Case>& cases) {
    for (const Case& c : cases) {
        INFO(c.schema << "\n" << gbnf_from_json_schema(c.schema));
        for (const char* text : c.yes) {
            INFO(text);
            CHECK(allows(c.schema, text));
        }
        for (const char* text : c.no) {
            INFO(text);
            CHECK(!allows(c.schema, text));
        }
    }
}

}  // namespace

TEST_CASE("JSON schema: types", "[sample]") {
    check({
        {"{}", {"1", "-0.5e+3", "\"a\\u00e9\\n\"", "[1, [], {\"a\": null}]", "true", "{}"}, {"", "01", "'a'", "[1,]", "{a:1}", "\"\n\""}},
        {"true", {"null"}, {"nul"}},
        {R"({"type":"integer"})", {"0", "-12"}, {"1.5", "01", "+1", "-"}},
        {R"({"type":"number"})", {"0", "-1.5", "1e9"}, {".5", "1."}},
        {R"({"type":["string","null"]})", {"\"x\"", "null"}, {"1"}},
        {R"({"enum":["a",1,null,{"x":[1]}]})", {"\"a\"", "1", "null", "{\"x\":[1]}"}, {"\"b\"", "2"}},
        {R"({"type":"string","enum":["a",1]})", {"\"a\""}, {"1"}},
        {R"({"const":"q\"\\\u00e9"})", {"\"q\\\"\\\\\xC3\xA9\""}, {"\"q\""}},
        {R"({"anyOf":[{"type":"integer"},{"const":"x"}]})", {"3", "\"x\""}, {"\"y\""}},
    });
}

TEST_CASE("JSON schema: objects keep the order of the schema", "[sample]") {
    check({
        {R"({"properties":{"a":{"type":"integer"},"b":{"type":"string"},"c":{"type":"null"}},"required":["b"]})",
         {R"({"b":"x"})", R"({"a":1,"b":"x"})", R"({"a": 1, "b": "x", "c": null})", R"({"b":"","c":null})"},
         {"{}", R"({"a":1})", R"({"b":"x","a":1})", R"({"b":"x",})", R"({"b":"x","d":1})"}},
        {R"({"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"integer"}}})", {"{}", R"({"a":1})", R"({"b":1})", R"({"a":1,"b":2})"}, {R"({,"b":1})"}},
        {R"({"properties":{"a":{"type":"integer"}},"additionalProperties":{"type":"boolean"}})",
         {"{}", R"({"a":1})", R"({"a":1,"z":true})", R"({"ab":true,"":false})"}, {R"({"a":true})", R"({"z":1})"}},
        {R"({"additionalProperties":{"type":"integer"}})", {"{}", R"({"x":1,"y":2})"}, {R"({"x":"1"})"}},
        {R"({"type":"object","required":["k"]})", {R"({"k":[]})", R"({"k":1,"z":2})"}, {"{}"}},
        {R"({"type":"object","additionalProperties":false})", {"{}"}, {R"({"x":1})"}},
        {R"({"allOf":[{"properties":{"a":{"type":"integer"}},"required":["a"]},{"properties":{"b":{"type":"null"}},"required":["b"]}]})",
         {R"({"a":1,"b":null})"}, {R"({"a":1})"}},
        {R"({"properties":{"k":{"const":1}},"required":["k"],"anyOf":[{"properties":{"x":{"type":"null"}},"required":["x"]},{"properties":{"y":{"type":"null"}},"required":["y"]}]})",
         {R"({"k":1,"x":null})", R"({"k":1,"y":null})"}, {R"({"k":1})"}},
    });
}

TEST_CASE("JSON schema: arrays", "[sample]") {
    check({
        {R"({"items":{"type":"integer"}})", {"[]", "[1]", "[1, 2,3]"}, {"[\"a\"]", "[1 2]"}},
        {R"({"items":{"type":"integer"},"minItems":2,"maxItems":3})", {"[1,2]", "[1,2,3]"}, {"[]", "[1]", "[1,2,3,4]"}},
        {R"({"type":"array","maxItems":0})", {"[]"}, {"[1]"}},
        {R"({"type":"array","minItems":1})", {"[1]", "[{},[]]"}, {"[]"}},
        {R"({"prefixItems":[{"type":"integer"},{"type":"string"}],"items":false})", {"[]", "[1]", "[1,\"a\"]"}, {"[\"a\"]", "[1,\"a\",2]"}},
        {R"({"prefixItems":[{"type":"integer"}],"items":{"type":"null"},"minItems":2})", {"[1,null]", "[1,null,null]"}, {"[1]", "[1,2]"}},
    });
}

TEST_CASE("JSON schema: strings", "[sample]") {
    check({
        {R"({"type":"string","minLength":2,"maxLength":3})", {"\"ab\"", "\"a\\n\"", "\"\xC3\xA9\xC3\xA9\xC3\xA9\""}, {"\"a\"", "\"abcd\""}},
        {R"({"pattern":"^[a-c]{2,3}(-\\d+)?$"})", {"\"ab\"", "\"abc-12\""}, {"\"a\"", "\"abcd\"", "\"ab-\"", "ab"}},
        {R"({"pattern":"b+"})", {"\"abbc\"", "\"b\""}, {"\"ac\""}},
        {R"({"pattern":"^(?:x|y\\.)*$"})", {"\"\"", "\"xy.x\""}, {"\"y\""}},
        {R"({"pattern":"^\"\\\\$"})", {R"("\"\\")"}, {R"("""")"}},
        {R"({"pattern":"^[^a]$"})", {"\"b\"", "\"\\\"\"", "\"\\n\""}, {"\"a\"", "\"\\\""}},
        {R"({"pattern":"^a|b$"})", {"\"axx\"", "\"xxb\""}, {"\"xa\""}},
        {R"({"format":"date"})", {"\"2024-02-29\""}, {"\"2024-13-01\"", "\"24-1-1\""}},
        {R"({"type":"string","format":"date-time"})", {"\"2024-02-29T23:59:59Z\"", "\"2024-02-29T00:00:00.5+01:30\""}, {"\"2024-02-29 23:59:59Z\""}},
        {R"({"format":"uuid"})", {"\"123e4567-e89b-12d3-a456-426614174000\""}, {"\"123e4567\""}},
    });
}

TEST_CASE("JSON schema: ranges of integers are exact", "[sample]") {
    const std::pair<int, int> ranges[] = {{0, 0}, {1, 9}, {0, 10}, {7, 123}, {99, 101}, {-5, 3}, {-120, -7}, {10, 19}, {-1, 0}, {100, 999}, {17, 1000}};
    for (const auto& [lo, hi] : ranges) {
        const std::string schema = R"({"type":"integer","minimum":)" + std::to_string(lo) + ",\"maximum\":" + std::to_string(hi) + "}";
        GrammarMatcher m(std::make_shared<const GrammarAutomaton>(compile_grammar(parse_gbnf(gbnf_from_json_schema(schema)))));
        for (int i = -1200; i <= 1200; ++i) {
            INFO(schema << " " << i);
            if (m.complete(m.walk(m.start(), std::to_string(i))) != (i >= lo && i <= hi)) FAIL();
        }
        CHECK(!m.complete(m.walk(m.start(), "07")));
    }
    check({
        {R"({"type":"integer","minimum":12})", {"12", "99", "100", "123456789012"}, {"11", "0", "-12"}},
        {R"({"type":"integer","maximum":-3})", {"-3", "-10", "-99999"}, {"-2", "0", "3"}},
        {R"({"type":"integer","exclusiveMinimum":0,"exclusiveMaximum":3})", {"1", "2"}, {"0", "3"}},
        {R"({"type":"integer","minimum":0.5,"maximum":2.5})", {"1", "2"}, {"0", "3"}},
    });
}

TEST_CASE("JSON schema: references", "[sample]") {
    check({
        {R"({"$ref":"#/$defs/list","$defs":{"list":{"properties":{"v":{"type":"integer"},"next":{"$ref":"#/$defs/list"}},"required":["v"]}}})",
         {R"({"v":1})", R"({"v":1,"next":{"v":2,"next":{"v":3}}})"}, {R"({"next":{"v":1}})"}},
        {R"({"items":{"$ref":"#"}})", {"[]", "[[],[[]]]"}, {"[1]"}},
        {R"({"definitions":{"a b":{"const":1}},"$ref":"#/definitions/a%20b"})", {"1"}, {"2"}},
    });
}

TEST_CASE("JSON schema: what cannot be done is said", "[sample]") {
    const auto has = [](const char* schema, const char* message, dlgo_status code) {
        const auto e = test::thrown_by([&] { gbnf_from_json_schema(schema); });
        INFO(schema << ": " << e.message);
        CHECK(e.code == code);
        CHECK(e.says(message));
    };
    has(R"({"properties":{"a":{"not":{}}}})", "'not' at #/properties/a", DLGO_ERROR_UNSUPPORTED);
    has(R"({"type":"number","minimum":1})", "minimum", DLGO_ERROR_UNSUPPORTED);
    has(R"({"type":"integer","multipleOf":2})", "multipleOf", DLGO_ERROR_UNSUPPORTED);
    has(R"x({"pattern":"(?=a)"})x", "pattern", DLGO_ERROR_UNSUPPORTED);
    has(R"({"$ref":"other.json"})", "leads out", DLGO_ERROR_UNSUPPORTED);
    has(R"({"$ref":"#/$defs/x"})", "leads nowhere", DLGO_ERROR_INVALID_ARGUMENT);
    has(R"({"$ref":"#"})", "itself", DLGO_ERROR_INVALID_ARGUMENT);
    has(R"({"type":"text"})", "type", DLGO_ERROR_INVALID_ARGUMENT);
    has(R"({"pattern":"(a"})", "without ')'", DLGO_ERROR_INVALID_ARGUMENT);
    has("{", "not JSON", DLGO_ERROR_INVALID_ARGUMENT);
    has("3", "a schema is an object", DLGO_ERROR_INVALID_ARGUMENT);
}
