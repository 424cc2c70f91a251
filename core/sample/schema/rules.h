// Building blocks of grammars for JSON.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dlgo {

// Named rules. An expression is text that can stand anywhere in a rule: one element, or in parentheses.
class GrammarText {
public:
    // A rule of that name, with a number where it is taken.
    std::string add(const std::string& name, const std::string& body);
    std::string reserve(const std::string& name);  // to be defined later: recursion
    void define(const std::string& name, const std::string& body) { rules_[name] = body; }
    std::string builtin(const std::string& name);  // value, object, array, string, number, integer, boolean, null, char, date, ...
    std::string str(const std::string& root) const;
    size_t size() const { return rules_.size(); }

private:
    std::map<std::string, std::string> rules_;
};

std::string gbnf_literal(std::string_view text);
std::string gbnf_choice(const std::vector<std::string>& options);
std::string gbnf_repeat(const std::string& item, uint64_t min, std::optional<uint64_t> max);
// Exactly the integers in [min, max], without leading zeros.
std::string gbnf_integers(std::optional<int64_t> min, std::optional<int64_t> max);

// The strings, with quotes, that a regular expression allows: as JSON, anchored only where it says so. `where` is for messages.
std::string gbnf_from_pattern(std::string_view pattern, const std::string& any_character, const std::string& where);

}  // namespace dlgo
