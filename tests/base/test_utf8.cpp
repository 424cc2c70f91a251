#include "core/base/utf8.h"

#include <catch2/catch_test_macros.hpp>

using namespace dlgo;

TEST_CASE("every code point survives encoding, surrogates are refused", "[base]") {
    for (uint32_t code = 0; code < 0x110000; code += code < 0x3000 || (code > 0xD000 && code < 0x10100) ? 1 : 97) {
        std::string text;
        append_utf8(text, code);
        const bool surrogate = code >= 0xD800 && code < 0xE000;
        if (is_valid_utf8(text) == surrogate) FAIL("code point " << code);
        if (surrogate) continue;
        Utf8State state;
        for (const char c : text) utf8_feed(state, static_cast<uint8_t>(c));
        if (state.need != 0 || state.code != code) FAIL("code point " << code << " became " << state.code);
    }
}

TEST_CASE("malformed UTF-8 is refused", "[base]") {
    for (const char* bad : {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5", "\xE2\x82",
                            "a\xFF", "\xC3(", "\xE2\x82("}) {
        CHECK(!is_valid_utf8(bad));
    }
    CHECK(is_valid_utf8(""));
    CHECK(is_valid_utf8("\xF0\x9F\x98\x80 \xE2\x82\xAC \xC3\xA9"));
}
