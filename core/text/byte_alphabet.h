// GPT-2's stand-ins for bytes: printable Latin-1 characters stand for themselves, the other 68 bytes for U+0100 and on.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace dlgo {

uint32_t stand_in_of(uint8_t byte) noexcept;

// The stand-ins of all bytes, as UTF-8.
void append_stand_ins(std::string& out, std::string_view bytes);

// The bytes that the characters of a token stand for; characters outside the alphabet are kept.
void append_stood_for(std::string& out, std::string_view token);

}  // namespace dlgo
