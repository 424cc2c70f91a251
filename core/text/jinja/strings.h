// Operations on strings that keep track of where every byte comes from.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "core/text/jinja/text.h"
#include "core/text/jinja/unicode.h"

namespace dlgo::jinja {

// characters: nullopt = white space.
Text strip(const Text& text, std::optional<std::string_view> characters, bool left, bool right);
// separator nullptr: runs of white space. limit < 0: none.
std::vector<Text> split(const Text& text, const Text* separator, int64_t limit, bool from_right);
std::vector<Text> split_lines(const Text& text, bool keep_ends);
Text replace(const Text& text, const Text& from, const Text& to, int64_t limit);
// Every character by append, e.g. append_upper.
Text map_characters(const Text& text, void (*append)(std::string&, uint32_t));
Text capitalize(const Text& text);
Text title(const Text& text);       // str.title()
Text title_words(const Text& text);  // the filter: words begin after space, hyphen or bracket
Text swap_case(const Text& text);
// To a width in characters; where: -1 left, 0 centre, 1 right.
Text justify(const Text& text, int64_t width, const Text& fill, int where);
Text expand_tabs(const Text& text, int64_t size);
Text zero_fill(const Text& text, int64_t width);

size_t find_bytes(std::string_view text, std::string_view part, size_t from);  // npos: nowhere

}  // namespace dlgo::jinja
