// A grammar as written: one tree per rule.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dlgo {

struct CodeRange {
    uint32_t lo, hi;  // code points, both included
};

struct GrammarNode {
    enum class Kind : uint8_t { Text, Set, Rule, Sequence, Choice, Repeat };
    static constexpr uint32_t kUnbounded = UINT32_MAX;

    Kind kind = Kind::Text;
    std::string text;                   // Text: UTF-8, may be empty
    std::vector<CodeRange> ranges;      // Set: sorted, disjoint
    std::vector<GrammarNode> children;  // Sequence, Choice, Repeat (one)
    uint32_t rule = 0;                  // Rule
    uint32_t min = 0, max = 0;          // Repeat
};

struct GrammarRules {
    std::vector<std::string> names;
    std::vector<GrammarNode> bodies;
    uint32_t root = 0;
};

// llama.cpp's GBNF. INVALID_ARGUMENT with line and column for a syntax error, a missing "root", an unknown rule or one defined twice;
// UNSUPPORTED for token references (<...>).
GrammarRules parse_gbnf(std::string_view text);

}  // namespace dlgo
