// From the source of a template to tokens, with jinja2's rules for white space around tags (trim_blocks and lstrip_blocks on).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dlgo::jinja {

struct Token {
    enum class Type : uint8_t { Data, VariableBegin, VariableEnd, BlockBegin, BlockEnd, Name, String, Integer, Float, Operator, End };
    Type type = Type::End;
    uint32_t line = 0;
    std::string text;  // String: its value

    bool is(std::string_view op) const { return type == Type::Operator && text == op; }
    bool is_name(std::string_view name) const { return type == Type::Name && text == name; }
};

// Throws SyntaxError. The last token is End.
std::vector<Token> tokenize(std::string_view source);

}  // namespace dlgo::jinja
