// Characters of UTF-8 strings and their properties (Unicode 14).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace dlgo::jinja {

struct Character {
    uint32_t code;
    uint32_t bytes;
};

// A byte that belongs to no character counts as one.
Character character_at(std::string_view text, size_t offset);
size_t count_characters(std::string_view text);
// The offset of character n, text.size() when there are fewer.
size_t offset_of(std::string_view text, size_t n);

bool is_space(uint32_t code);  // as str.isspace()
bool is_printable(uint32_t code);
bool is_alpha(uint32_t code);
bool is_digit(uint32_t code);    // as str.isdigit()
bool is_decimal(uint32_t code);
bool is_numeric(uint32_t code);
bool is_alnum(uint32_t code);
bool is_upper(uint32_t code);
bool is_lower(uint32_t code);

void append_upper(std::string& out, uint32_t code);
void append_lower(std::string& out, uint32_t code);
void append_title(std::string& out, uint32_t code);

}  // namespace dlgo::jinja
