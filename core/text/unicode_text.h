// Text as the pre-tokenizers see it.
#pragma once
#include <string>
#include <string_view>

namespace dlgo {

// Invalid UTF-8 made valid the way llama.cpp does: U+FFFD for every byte that starts no character, overlong forms
// shortened; surrogates stay. storage is used if there is anything to change.
std::string_view repair_utf8(std::string_view text, std::string& storage);

// A text of equal length whose characters have the properties of Unicode 15.1 even where PCRE2 knows an older version,
// and without surrogates. storage is used if there is anything to change.
std::string_view with_known_characters(std::string_view text, std::string& storage);

}  // namespace dlgo
