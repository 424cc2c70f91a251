// UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace dlgo {

// State of a decoder that is fed byte by byte: `need` continuation bytes are missing, the next one in [low, high].
struct Utf8State {
    uint32_t code = 0;
    uint8_t need = 0;
    uint8_t low = 0x80, high = 0xBF;
};

// Takes one byte. true: accepted, and when need is 0 then code is a whole character. false: the byte cannot follow; the
// state is as at the beginning.
bool utf8_feed(Utf8State& state, uint8_t byte) noexcept;

bool is_valid_utf8(std::string_view text) noexcept;

void append_utf8(std::string& out, uint32_t code);

}  // namespace dlgo
