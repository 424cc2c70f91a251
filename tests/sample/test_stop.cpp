#include "core/sample/stop.h"

#include <catch2/catch_test_macros.hpp>
#include <random>

#include "tests/support/errors.h"

using namespace dlgo;

namespace {

// Everything that a text gives, cut into pieces of 1 to 4 bytes at random (seed) or not at all (0).
std::string through(const std::vector<std::string>& stops, std::string_view text, uint32_t seed = 0) {
    StopMatcher matcher(stops);
    std::mt19937 random(seed);
    std::string out;
    while (!text.empty()) {
        const size_t n = std::min<size_t>(seed ? 1 + random() % 4 : text.size(), text.size());
        const std::string_view piece = matcher.push(text.substr(0, n));
        if (!is_valid_utf8(piece)) FAIL("not whole characters: " << piece);
        out += piece;
        text.remove_prefix(n);
    }
    return out + std::string(matcher.flush());
}

}  // namespace

TEST_CASE("text that may become a stop string is held back", "[sample]") {
    StopMatcher matcher({"<end>", "\n\n"});
    CHECK(matcher.push("abc<") == "abc");
    CHECK(matcher.push("en").empty());
    CHECK(matcher.push("d") == "");
    CHECK(matcher.push(".x") == "<end.x");
    CHECK(matcher.push("\n") == "");
    CHECK(matcher.push("y\n") == "\ny");
    CHECK(!matcher.stopped());
    CHECK(matcher.push("\nz") == "");
    CHECK(matcher.stopped());
    CHECK(matcher.push("more") == "");
    CHECK(matcher.flush() == "");
    matcher.reset();
    CHECK(!matcher.stopped());
    CHECK(matcher.push("more<") == "more");
    CHECK(matcher.flush() == "<");
}

TEST_CASE("the stop string that is complete first ends the text", "[sample]") {
    CHECK(through({"bc", "abcd"}, "xabcd") == "xa");
    CHECK(through({"c", "abc"}, "xabc") == "x");
    CHECK(through({"aab"}, "aaab!") == "a");
    CHECK(through({"abab"}, "abaabab") == "aba");
    CHECK(through({"zz"}, "az") == "az");
    CHECK(through({}, "az") == "az");
}

TEST_CASE("how the text is cut does not matter", "[sample]") {
    std::mt19937 random(1);
    for (int i = 0; i < 300; ++i) {
        const char* parts[] = {"a", "b", "ab", "\xC3\xA9", "\xE2\x82\xAC", "\xC3", "\xFF", "\xF0\x9F\x98\x80", "\xE2\x82"};
        std::string text;
        for (int k = 0; k < 12; ++k) text += parts[random() % 9];
        const std::vector<std::string> stops = {"abab", "b\xC3\xA9", "\xE2\x82\xAC\xE2\x82\xAC", "aaa"};
        const std::string whole = through(stops, text);
        for (uint32_t seed = 1; seed <= 5; ++seed) {
            if (through(stops, text, seed) != whole) FAIL("text " << i << " seed " << seed);
        }
    }
}

TEST_CASE("only whole characters come out", "[sample]") {
    StopMatcher matcher({});
    CHECK(matcher.push("a\xF0\x9F") == "a");
    CHECK(matcher.push("\x98") == "");
    CHECK(matcher.push("\x80") == "\xF0\x9F\x98\x80");
    CHECK(matcher.push("\xE2\x82") == "");
    CHECK(matcher.push("b") == "\xEF\xBF\xBD" "b");
    CHECK(matcher.push("\xC3") == "");
    CHECK(matcher.flush() == "\xEF\xBF\xBD");
    CHECK(matcher.flush() == "");
    CHECK(through({}, "\xFFz\xC0\x80") == "\xEF\xBF\xBDz\xEF\xBF\xBD\xEF\xBF\xBD");
    CHECK(through({}, "\xE2\xE2\x82\xAC") == "\xEF\xBF\xBD\xE2\x82\xAC");
}

TEST_CASE("empty and malformed stop strings are refused", "[sample]") {
    CHECK(test::thrown_by([] { StopMatcher({""}); }).code == DLGO_ERROR_INVALID_ARGUMENT);
    CHECK(test::thrown_by([] { StopMatcher({"\xFF"}); }).code == DLGO_ERROR_INVALID_ARGUMENT);
}
