#include "core/sample/grammar/grammar.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cmath>

#include "core/base/utf8.h"
#include "core/sample/rng.h"
#include "core/sample/sampler.h"
#include "tests/support/errors.h"

using namespace dlgo;

namespace {

GrammarMatcher matcher(const std::string& gbnf) {
    return GrammarMatcher(std::make_shared<const GrammarAutomaton>(compile_grammar(parse_gbnf(gbnf))));
}

bool matches(const std::string& gbnf, const std::string& text) {
    GrammarMatcher m = matcher(gbnf);
    return m.complete(m.walk(m.start(), text));
}

test::Thrown error(const std::string& gbnf) {
    return test::thrown_by([&] { matcher(gbnf); });
}

// A vocabulary of these pieces; the last token ends the generation.
std::shared_ptr<const GrammarVocabulary> vocabulary(const std::vector<std::string>& pieces) {
    const auto n = static_cast<int32_t>(pieces.size());
    return std::make_shared<const GrammarVocabulary>(
        n + 1, [&](int32_t t) { return std::string_view(pieces[static_cast<size_t>(t)]); }, [n](int32_t t) { return t == n; });
}

std::vector<int32_t> allowed(Grammar& g, size_t n) {
    std::vector<float> logits(n);
    g.mask(logits.data());
    std::vector<int32_t> out;
    for (size_t t = 0; t < n; ++t) {
        if (logits[t] == 0) out.push_back(static_cast<int32_t>(t));
        if ((logits[t] == 0) != g.allows(static_cast<int32_t>(t))) FAIL("mask and allows differ on token " << t);
    }
    return out;
}

}  // namespace

TEST_CASE("GBNF elements match what they say", "[sample]") {
    CHECK(matches("root ::= \"abc\"", "abc"));
    CHECK(!matches("root ::= \"abc\"", "ab"));
    CHECK(!matches("root ::= \"abc\"", "abcd"));
    CHECK(matches("root ::= a b\na ::= \"x\" # comment\n\n# comment\nb ::= \"y\"", "xy"));
    CHECK(matches("root ::= \"a\" |\n  \"b\" | ", ""));
    CHECK(matches("root ::= (\n \"a\" |\n \"b\"\n ) \"c\"", "bc"));
    CHECK(matches("root ::= [a-c0-9_-]+", "b7_-a"));
    CHECK(!matches("root ::= [a-c]", "d"));
    CHECK(matches("root ::= [^a-c\\n]", "d"));
    CHECK(!matches("root ::= [^a-c\\n]", "b"));
    CHECK(!matches("root ::= [^a-c\\n]", "\n"));
    CHECK(matches("root ::= [^a]", "\xE2\x82\xAC"));
    CHECK(!matches("root ::= [^\\u20AC]", "\xE2\x82\xAC"));
    CHECK(matches("root ::= .", "\n"));
    CHECK(matches("root ::= .", "\xF0\x9F\x98\x80"));
    CHECK(!matches("root ::= .", "\xED\xA0\x80"));
    CHECK(!matches("root ::= .", "\xC0\x80"));
    CHECK(matches("root ::= \"\\x41\\u00e9\\U0001F600\\t\\r\\n\\\\\\\"\\[\\]\"", "A\xC3\xA9\xF0\x9F\x98\x80\t\r\n\\\"[]"));
    CHECK(matches("root ::= [\\x41-\\U0001F600]", "\xE2\x82\xAC"));
    CHECK(matches("root ::= \"\xC3\xA9\"*", "\xC3\xA9\xC3\xA9"));
    CHECK(matches("root ::= a-b\na-b ::= \"z\"", "z"));
}

TEST_CASE("GBNF repetitions count", "[sample]") {
    const struct {
        const char* mark;
        size_t min, max;
    } cases[] = {{"*", 0, 99}, {"+", 1, 99}, {"?", 0, 1}, {"{3}", 3, 3}, {"{2,}", 2, 99}, {"{2,4}", 2, 4}, {"{0,2}", 0, 2}, {"{,2}", 0, 2}, {"{0}", 0, 0}, {" { 1 , 2 }", 1, 2}};
    for (const auto& c : cases) {
        for (size_t n = 0; n < 8; ++n) {
            INFO(c.mark << " " << n);
            std::string text;
            for (size_t i = 0; i < n; ++i) text += "ab";
            const bool want = n >= c.min && n <= c.max;
            CHECK(matches("root ::= \"ab\"" + std::string(c.mark), text) == want);
            CHECK(matches("root ::= (x | \"ab\")" + std::string(c.mark) + "\nx ::= \"a\" \"b\"", text) == want);
            CHECK(matches("root ::= r" + std::string(c.mark) + "\nr ::= \"a\" (r \"!\")? \"b\"", text) == want);
        }
    }
    CHECK(matches("root ::= (\"a\"*)* \"b\"", "aaab"));
    CHECK(matches("root ::= (\"a\"? \"b\"?)+", "abba"));
    CHECK(matches("root ::= \"\"{5} \"a\"", "a"));
}

TEST_CASE("recursive grammars nest", "[sample]") {
    const std::string lists = "root ::= value\nvalue ::= \"[\" (value (\",\" value)*)? \"]\" | [0-9]+";
    CHECK(matches(lists, "[1,[],[22,[3]],4]"));
    CHECK(!matches(lists, "[1,[],[22,[3],4]"));
    CHECK(!matches(lists, "[1,]"));
    const std::string deep = std::string(5000, '[') + std::string(5000, ']');
    CHECK(matches(lists, deep));
    CHECK(!matches(lists, deep + "]"));
    // Palindromes need every parse at once.
    const std::string palindromes = "root ::= \"a\" root \"a\" | \"b\" root \"b\" | \"\"";
    CHECK(matches(palindromes, "abba"));
    CHECK(matches(palindromes, "abbaabba"));
    CHECK(!matches(palindromes, "abab"));
    // A rule that may be empty, called twice at one place, once from within itself.
    CHECK(matches("root ::= x x \"!\"\nx ::= y \"a\" | \"\"\ny ::= \"(\" x \")\" | \"\"", "a(a)a!"));
    CHECK(matches("root ::= e\ne ::= o (\"+\" e)?\no ::= \"\" | \"n\"", "n++n"));
}

TEST_CASE("ambiguity and right recursion cost little", "[sample]") {
    GrammarMatcher m = matcher("root ::= ws\nws ::= [ \\n] ws | \"\"");
    const auto one = m.walk(m.start(), " ");
    CHECK(m.walk(one, std::string(100000, ' ')) == one);

    // Each text has exponentially many parses.
    const std::string ambiguous = "root ::= s\ns ::= \"a\" s s | \"a\" s | \"a\" | \"a\" s \"b\" | \"a\" s \"c\"";
    CHECK(matches(ambiguous, std::string(150, 'a')));
    CHECK(!matches(ambiguous, std::string(30, 'a') + std::string(30, 'b')));
    CHECK(matches("root ::= x{0,100000}\nx ::= [a-z] | [a-c] \"1\" | \"\\u20AC\" [0-9]{3}", "abc1\xE2\x82\xAC" "123z"));
}

TEST_CASE("grammars with errors are refused with their place", "[sample]") {
    const auto has = [](const std::string& gbnf, const std::string& message, dlgo_status code = DLGO_ERROR_INVALID_ARGUMENT) {
        const auto e = error(gbnf);
        INFO(gbnf << ": " << e.message);
        CHECK(e.code == code);
        CHECK(e.says(message));
    };
    has("", "a rule named 'root'");
    has("x ::= \"a\"", "a rule named 'root'");
    has("root ::= a\nb ::= \"x\"", "line 1, column 10: rule 'a' is not defined");
    has("root ::= \"a\"\nroot ::= \"b\"", "line 2, column 5: rule 'root' is defined twice");
    has("root = \"a\"", "line 1, column 6: expected '::='");
    has("root ::= \"a", "closing quote");
    has("root ::= [a", "closing quote or bracket");
    has("root ::= (\"a\"", "expected ')'");
    has("root ::= \"a\")", "expected the end of the line");
    has("root ::= *", "expected something to repeat");
    has("root ::= \"a\"{2,1}", "maximum");
    has("root ::= \"a\"{x}", "expected a number");
    has("root ::= \"a\"{1", "expected '}'");
    has("root ::= \"a\"{100001}", "at most 100000");
    has("root ::= \"a\"*********", "at most 8 repetition marks");
    has("root ::= [z-a]", "range");
    has("root ::= \"\\q\"", "unknown escape");
    has("root ::= \"\\x4\"", "hexadecimal");
    has("root ::= \"\\U00110000\"", "code point");
    has("root ::= \"\xFF\"", "UTF-8");
    has("root ::= <think>", "token references", DLGO_ERROR_UNSUPPORTED);
    has("root ::= " + std::string(1000, '('), "200 levels");
    has("root ::= (((\"a\"{100000}){100000}){100000})", "states", DLGO_ERROR_UNSUPPORTED);
    has("root ::= ((\"\"{100000}){100000}){100000}", "states", DLGO_ERROR_UNSUPPORTED);
}

TEST_CASE("left recursion is refused", "[sample]") {
    for (const char* gbnf : {"root ::= root", "root ::= root \"a\" | \"b\"", "root ::= a\na ::= b \"x\"\nb ::= a \"y\" | \"z\"",
                             "root ::= \"x\" a\na ::= \"\"? b\nb ::= [0-9]* a \"y\"", "root ::= (\"a\"? root)*", "root ::= n root \"a\" | \"b\"\nn ::= \"\" | \"c\""}) {
        INFO(gbnf);
        CHECK(error(gbnf).says("left-recursive"));
    }
    CHECK(error("root ::= \"x\" a | b\na ::= \"y\" a | \"\"\nb ::= a b2\nb2 ::= \"b\" b2 | \"\"").code == DLGO_OK);
    std::string chain = "root ::= r0\n";
    for (int i = 0; i < 20000; ++i) chain += "r" + std::to_string(i) + " ::= r" + std::to_string(i + 1) + "\n";
    CHECK(matches(chain + "r20000 ::= \"a\"", "a"));
    CHECK(error(chain + "r20000 ::= r5").says("left-recursive"));
}

TEST_CASE("tokens are allowed where the grammar goes on", "[sample]") {
    const auto v = vocabulary({"a", "ab", "b", "abc", "", "c", "bc", "ba"});
    Grammar g("root ::= \"ab\" [bc]*", v);
    CHECK(allowed(g, 9) == std::vector<int32_t>{0, 1, 3});
    CHECK(!g.complete());
    g.accept(0);
    CHECK(allowed(g, 9) == std::vector<int32_t>{2, 6});
    g.accept(6);
    CHECK(g.complete());
    CHECK(!g.finished());
    CHECK(allowed(g, 9) == std::vector<int32_t>{2, 5, 6, 8});
    g.accept(8);
    CHECK(test::thrown_by([&] { g.accept(0); }).code == DLGO_ERROR_INVALID_ARGUMENT);
    CHECK(!g.allows(-1));
    CHECK(!g.allows(9));
    g.reset();
    CHECK(g.allows(0));

    Grammar once("root ::= \"a\"", v);
    once.accept(0);
    CHECK(once.finished());
    CHECK(allowed(once, 9) == std::vector<int32_t>{8});
}

TEST_CASE("tokens may end within a character", "[sample]") {
    const auto v = vocabulary({"\xE2", "\x82", "\xAC", "\xE2\x82", "\xE2\x83", "\xF0\x9F", "\x82\xAC", "\xC3"});
    Grammar g("root ::= [\\u20A0-\\u20AF]+ \"!\"", v);  // E2 82 A0 to E2 82 AF
    CHECK(allowed(g, 9) == std::vector<int32_t>{0, 3});
    g.accept(0);
    CHECK(allowed(g, 9) == std::vector<int32_t>{1, 6});
    g.accept(1);
    CHECK(allowed(g, 9) == std::vector<int32_t>{2});
    g.accept(2);
    CHECK(allowed(g, 9) == std::vector<int32_t>{0, 3});
}

TEST_CASE("long generations need bounded memory", "[sample]") {
    const auto v = vocabulary({"[", "]", "1", ","});
    Grammar g("root ::= \"[\" (value (\",\" value)*)? \"]\"\nvalue ::= root | \"1\"{1,1000}", v);
    Rng rng(1);
    size_t depth = 0;
    for (int i = 0; i < 300000 && !g.finished(); ++i) {
        const auto pick = static_cast<int32_t>(rng.uniform() * (depth > 500 ? 4 : 1.9));
        for (const int32_t t : {pick, 3, 0, 1, 2}) {
            if ((t == 1 && depth == 1) || !g.allows(t)) continue;
            g.accept(t);
            depth += t == 0;
            depth -= t == 1;
            break;
        }
    }
    CHECK(depth > 0);
    while (depth-- > 0) g.accept(1);
    CHECK(g.finished());
}

TEST_CASE("a sampler draws within its grammar", "[sample]") {
    const auto v = vocabulary({"yes", "no", "maybe", "y", "es", "x"});
    SamplerOptions o;
    o.seed = 5;
    const float logits[] = {0, 1, 2, 1, 1, 5, 3};
    for (int i = 0; i < 50; ++i) {
        Grammar g("root ::= \"yes\" | \"no\"", v);
        o.seed = static_cast<uint64_t>(i + 1);
        Sampler sampler(o, 7);
        std::string text;
        for (int32_t t = 0; t != 6 && text.size() < 10;) {
            t = sampler.sample(logits, &g);
            g.accept(t);
            text += v->piece(t);
        }
        CHECK((text == "yes" || text == "no"));
    }
    Grammar none("root ::= \"q\"", v);
    CHECK(test::thrown_by([&] { Sampler(o, 7).sample(logits, &none); }).says("the grammar allows none"));
}

TEST_CASE("UTF-8 ranges cover exactly their code points", "[sample]") {
    const CodeRange ranges[] = {{0, 0x10FFFF}, {0x41, 0x41}, {0x7F, 0x80}, {0x3A9, 0x20AC}, {0xD000, 0xE123}, {0xFFFE, 0x10401}, {0x12345, 0x10FFFE}};
    for (const CodeRange& r : ranges) {
        const auto sequences = utf8_ranges(r.lo, r.hi);
        for (uint32_t code = 0; code < 0x110000; code += code % 64 == 1 && code > 0x3000 ? 31 : 1) {
            if (code >= 0xD800 && code < 0xE000) continue;
            std::string text;
            append_utf8(text, code);
            int hits = 0;
            for (const auto& sequence : sequences) {
                bool hit = sequence.size() == text.size();
                for (size_t i = 0; hit && i < text.size(); ++i) {
                    const auto byte = static_cast<uint8_t>(text[i]);
                    hit = byte >= sequence[i].first && byte <= sequence[i].second;
                }
                hits += hit;
            }
            if (hits != (code >= r.lo && code <= r.hi)) FAIL("code point " << code << " in " << r.lo << ".." << r.hi << ": " << hits);
        }
    }
}
