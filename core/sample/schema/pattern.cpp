// Regular expressions (ECMA 262, without look-around and back references) as GBNF over the characters of JSON strings.
#include <algorithm>

#include "core/base/error.h"
#include "core/base/utf8.h"
#include "core/sample/schema/rules.h"

namespace dlgo {

namespace {

struct Range {
    uint32_t lo, hi;
};
using Ranges = std::vector<Range>;

constexpr uint32_t kMaxDepth = 100, kMaxRepeat = 100000;

Ranges normalized(Ranges ranges) {
    std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.lo < b.lo; });
    Ranges out;
    for (const Range& r : ranges) {
        if (!out.empty() && r.lo <= out.back().hi + 1) {
            out.back().hi = std::max(out.back().hi, r.hi);
        } else {
            out.push_back(r);
        }
    }
    return out;
}

Ranges inverted(const Ranges& ranges) {
    Ranges out;
    uint32_t next = 0;
    for (const Range& r : normalized(ranges)) {
        if (r.lo > next) out.push_back({next, r.lo - 1});
        next = r.hi + 1;
    }
    if (next <= 0x10FFFF) out.push_back({next, 0x10FFFF});
    return out;
}

class PatternParser {
public:
    PatternParser(std::string_view pattern, const std::string& any, const std::string& where) : text_(pattern), any_(any), where_(where) {}
    std::string run();

private:
    [[noreturn]] void invalid(const char* what) const { fail(DLGO_ERROR_INVALID_ARGUMENT, "%s: %s in the pattern", where_.c_str(), what); }
    [[noreturn]] void unsupported(const char* what) const {
        fail(DLGO_ERROR_UNSUPPORTED, "%s: %s in the pattern is not supported", where_.c_str(), what);
    }
    bool at_end() const { return at_ >= text_.size(); }
    char peek() const { return at_end() ? '\0' : text_[at_]; }
    bool take(char c) { return !at_end() && peek() == c && ++at_; }

    std::string choice(uint32_t depth, bool outermost);
    std::string sequence(uint32_t depth, bool outermost);
    std::string atom(uint32_t depth);
    std::string repeated(std::string item);
    uint64_t count();
    uint32_t character();
    Ranges escape_class(char c) const;
    uint32_t escaped(char c);
    std::string set();
    std::string json_set(const Ranges& ranges) const;

    std::string_view text_;
    const std::string& any_;
    const std::string& where_;
    size_t at_ = 0;
};

// The characters of `ranges` the way a JSON string holds them.
std::string PatternParser::json_set(const Ranges& ranges) const {
    std::string plain;
    std::vector<std::string> options;
    const auto add = [&](uint32_t lo, uint32_t hi) {
        if (lo > hi) return;
        plain += strf("\\U%08X", lo);
        if (hi > lo) plain += strf("-\\U%08X", hi);
    };
    const auto has = [&](uint32_t c) { return std::any_of(ranges.begin(), ranges.end(), [c](const Range& r) { return r.lo <= c && c <= r.hi; }); };
    for (const Range& r : normalized(ranges)) {
        // Apart from control characters, ", \ and surrogates.
        static constexpr Range kPlain[] = {{0x20, 0x21}, {0x23, 0x5B}, {0x5D, 0xD7FF}, {0xE000, 0x10FFFF}};
        for (const Range& p : kPlain) add(std::max(r.lo, p.lo), std::min(r.hi, p.hi));
    }
    if (!plain.empty()) options.push_back("[" + plain + "]");
    static constexpr std::pair<uint32_t, const char*> kEscapes[] = {{'"', "\\\""}, {'\\', "\\\\"}, {'\n', "\\n"}, {'\r', "\\r"},
                                                                    {'\t', "\\t"}, {'\b', "\\b"},  {'\f', "\\f"}};
    for (const auto& [code, text] : kEscapes) {
        if (has(code)) options.push_back(gbnf_literal(text));
    }
    if (options.empty()) unsupported("a set without characters that JSON strings hold");
    return gbnf_choice(options);
}

std::string PatternParser::run() {
    std::string body = choice(0, true);
    if (!at_end()) invalid("an unexpected ')'");
    return body;
}

std::string PatternParser::choice(uint32_t depth, bool outermost) {
    if (depth > kMaxDepth) unsupported("deep nesting");
    std::vector<std::string> options;
    do options.push_back(sequence(depth, outermost));
    while (take('|'));
    return gbnf_choice(options);
}

// Anchors count at the ends of the whole pattern's alternatives only.
std::string PatternParser::sequence(uint32_t depth, bool outermost) {
    std::string out;
    const bool begins = outermost && take('^');
    bool ends = false;
    while (!at_end() && peek() != '|' && peek() != ')') {
        if (peek() == '$') {
            ++at_;
            if (!outermost || !(at_end() || peek() == '|')) unsupported("'$' in the middle");
            ends = true;
            break;
        }
        if (peek() == '^') unsupported("'^' in the middle");
        if (!out.empty()) out += ' ';
        out += repeated(atom(depth));
    }
    if (outermost && !begins) out = any_ + "* " + out;
    if (outermost && !ends) out += " " + any_ + "*";
    return out.empty() ? "\"\"" : "(" + out + ")";
}

std::string PatternParser::atom(uint32_t depth) {
    const char c = peek();
    if (c == '(') {
        ++at_;
        if (take('?') && !take(':')) unsupported("'(?'");
        std::string out = choice(depth + 1, false);
        if (!take(')')) invalid("a '(' without ')'");
        return out;
    }
    if (c == '[') return set();
    if (c == '.') {
        ++at_;
        return json_set(inverted({{'\n', '\n'}, {'\r', '\r'}, {0x2028, 0x2029}}));
    }
    if (c == '*' || c == '+' || c == '?' || c == '{') invalid("a repetition of nothing");
    if (c == '\\') {
        const char e = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
        if (e == 'b' || e == 'B') unsupported("a word boundary");
        if (e >= '1' && e <= '9') unsupported("a back reference");
        if (const Ranges known = escape_class(e); !known.empty()) {
            at_ += 2;
            return json_set(known);
        }
    }
    const uint32_t code = character();
    return json_set({{code, code}});
}

std::string PatternParser::repeated(std::string item) {
    const char c = peek();
    if (c != '*' && c != '+' && c != '?' && c != '{') return item;
    ++at_;
    uint64_t min = c == '+' ? 1 : 0;
    std::optional<uint64_t> max = c == '?' ? std::optional<uint64_t>(1) : std::nullopt;
    if (c == '{') {
        min = count();
        max = min;
        if (take(',')) max = peek() == '}' ? std::nullopt : std::optional<uint64_t>(count());
        if (!take('}')) invalid("a '{' without '}'");
        if (max && *max < min) invalid("a repetition whose maximum is below its minimum");
    }
    take('?');  // lazy: the same strings
    return gbnf_repeat(item, min, max);
}

uint64_t PatternParser::count() {
    const size_t begin = at_;
    uint64_t n = 0;
    for (; peek() >= '0' && peek() <= '9'; ++at_) {
        n = n * 10 + static_cast<uint64_t>(peek() - '0');
        if (n > kMaxRepeat) unsupported("a repetition above 100000");
    }
    if (at_ == begin) invalid("a '{' without a number");
    return n;
}

Ranges PatternParser::escape_class(char c) const {
    const Ranges digits = {{'0', '9'}}, word = {{'0', '9'}, {'A', 'Z'}, {'_', '_'}, {'a', 'z'}};
    const Ranges space = {{9, 13}, {32, 32}, {0xA0, 0xA0}, {0x1680, 0x1680}, {0x2000, 0x200A}, {0x2028, 0x2029}, {0x202F, 0x202F},
                          {0x205F, 0x205F}, {0x3000, 0x3000}, {0xFEFF, 0xFEFF}};
    switch (c) {
        case 'd': return digits;
        case 'D': return inverted(digits);
        case 'w': return word;
        case 'W': return inverted(word);
        case 's': return space;
        case 'S': return inverted(space);
        case 'p': case 'P': unsupported("a property (\\p)");
        default: return {};
    }
}

// After the backslash, at c.
uint32_t PatternParser::escaped(char c) {
    ++at_;
    const auto hex = [&](size_t n) {
        uint32_t code = 0;
        for (size_t i = 0; i < n; ++i) {
            const char h = peek(), lower = static_cast<char>(h | 0x20);
            const bool digit = h >= '0' && h <= '9';
            if (!digit && !(lower >= 'a' && lower <= 'f')) invalid("a bad escape");
            code = code << 4 | static_cast<uint32_t>(digit ? h - '0' : lower - 'a' + 10);
            ++at_;
        }
        return code;
    };
    switch (c) {
        case 'n': return '\n';
        case 'r': return '\r';
        case 't': return '\t';
        case 'f': return '\f';
        case 'v': return '\v';
        case '0': return 0;
        case 'x': return hex(2);
        case 'u': return hex(4);
        default:
            if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) unsupported("an escaped letter");
            --at_;
            return static_cast<uint8_t>(text_[at_++]);
    }
}

uint32_t PatternParser::character() {
    if (take('\\')) {
        if (at_end()) invalid("a '\\' at the end");
        if (static_cast<uint8_t>(peek()) < 0x80) return escaped(peek());
    }
    Utf8State state;
    do {
        if (at_end() || !utf8_feed(state, static_cast<uint8_t>(text_[at_]))) invalid("bytes that are not UTF-8");
        ++at_;
    } while (state.need > 0);
    return state.code;
}

std::string PatternParser::set() {
    ++at_;
    const bool negated = take('^');
    Ranges ranges;
    while (!take(']')) {
        if (at_end()) invalid("a '[' without ']'");
        if (peek() == '\\' && at_ + 1 < text_.size()) {
            if (const Ranges known = escape_class(text_[at_ + 1]); !known.empty()) {
                at_ += 2;
                ranges.insert(ranges.end(), known.begin(), known.end());
                continue;
            }
            if (text_[at_ + 1] == 'b') {
                at_ += 2;
                ranges.push_back({8, 8});
                continue;
            }
        }
        const uint32_t lo = character();
        uint32_t hi = lo;
        if (peek() == '-' && at_ + 1 < text_.size() && text_[at_ + 1] != ']') {
            ++at_;
            hi = character();
            if (hi < lo) invalid("a range out of order");
        }
        ranges.push_back({lo, hi});
    }
    return json_set(negated ? inverted(ranges) : ranges);
}

}  // namespace

std::string gbnf_from_pattern(std::string_view pattern, const std::string& any_character, const std::string& where) {
    return "\"\\\"\" " + PatternParser(pattern, any_character, where).run() + " \"\\\"\"";
}

}  // namespace dlgo
