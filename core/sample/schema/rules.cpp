#include "core/sample/schema/rules.h"

#include "core/base/error.h"

namespace dlgo {

namespace {

struct Builtin {
    const char* name;
    const char* body;
    const char* uses[6];
};

constexpr Builtin kBuiltins[] = {
    {"ws", "\" \"?", {}},
    {"value", "object | array | string | number | boolean | null", {"object", "array", "string", "number", "boolean", "null"}},
    {"object", "\"{\" ws (string ws \":\" ws value ws (\",\" ws string ws \":\" ws value ws)*)? \"}\"", {"string", "value", "ws"}},
    {"array", "\"[\" ws (value ws (\",\" ws value ws)*)? \"]\"", {"value", "ws"}},
    {"string", "\"\\\"\" char* \"\\\"\"", {"char"}},
    {"char", "[^\"\\\\\\x00-\\x1F] | \"\\\\\" ([\"\\\\/bfnrt] | \"u\" [0-9a-fA-F]{4})", {}},
    {"integer", "\"-\"? (\"0\" | [1-9] [0-9]*)", {}},
    {"number", "integer (\".\" [0-9]+)? ([eE] [+\\-]? [0-9]+)?", {"integer"}},
    {"boolean", "\"true\" | \"false\"", {}},
    {"null", "\"null\"", {}},
    {"date", "[0-9]{4} \"-\" (\"0\" [1-9] | \"1\" [0-2]) \"-\" (\"0\" [1-9] | [12] [0-9] | \"3\" [01])", {}},
    {"time",
     "([01] [0-9] | \"2\" [0-3]) \":\" [0-5] [0-9] \":\" [0-5] [0-9] (\".\" [0-9]+)? (\"Z\" | [+\\-] ([01] [0-9] | \"2\" [0-3]) \":\" [0-5] [0-9])",
     {}},
    {"date-time", "date \"T\" time", {"date", "time"}},
    {"uuid", "[0-9a-fA-F]{8} (\"-\" [0-9a-fA-F]{4}){3} \"-\" [0-9a-fA-F]{12}", {}},
};

}  // namespace

std::string GrammarText::reserve(const std::string& name) {
    std::string base;
    for (const char c : name) base += (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : '-';
    base = "x-" + base;  // apart from the built-in ones
    std::string out = base;
    for (size_t n = 2; rules_.contains(out); ++n) out = base + "-" + std::to_string(n);
    rules_.emplace(out, "");
    return out;
}

std::string GrammarText::add(const std::string& name, const std::string& body) {
    const std::string out = reserve(name);
    define(out, body);
    return out;
}

std::string GrammarText::builtin(const std::string& name) {
    if (rules_.contains(name)) return name;
    for (const Builtin& rule : kBuiltins) {
        if (name != rule.name) continue;
        rules_.emplace(name, rule.body);
        for (const char* use : rule.uses) {
            if (use) builtin(use);
        }
        return name;
    }
    fail(DLGO_ERROR_INTERNAL, "no grammar rule '%s'", name.c_str());
}

std::string GrammarText::str(const std::string& root) const {
    std::string out = "root ::= " + root + "\n";
    for (const auto& [name, body] : rules_) out += name + " ::= " + body + "\n";
    return out;
}

std::string gbnf_literal(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += c;
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
            out += strf("\\x%02X", static_cast<unsigned>(c));
        } else {
            out += c;
        }
    }
    return out + '"';
}

std::string gbnf_choice(const std::vector<std::string>& options) {
    if (options.size() == 1) return options[0];
    std::string out = "(";
    for (size_t i = 0; i < options.size(); ++i) out += (i > 0 ? " | " : "") + options[i];
    return out + ")";
}

std::string gbnf_repeat(const std::string& item, uint64_t min, std::optional<uint64_t> max) {
    if (max && *max == 0) return "\"\"";
    if (min == 1 && max == 1) return item;
    if (!max && min <= 1) return item + (min == 0 ? "*" : "+");
    if (min == 0 && max == 1) return item + "?";
    std::string out = item + "{" + std::to_string(min);
    if (max != min) out += ',';
    if (max && max != min) out += std::to_string(*max);
    return out + "}";
}

}  // namespace dlgo
