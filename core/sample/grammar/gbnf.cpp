// Recursive descent over GBNF text.
#include <algorithm>
#include <unordered_map>

#include "core/base/error.h"
#include "core/base/utf8.h"
#include "core/sample/grammar/ast.h"

namespace dlgo {

namespace {

constexpr uint32_t kMaxDepth = 200;       // of parentheses
constexpr uint32_t kMaxMarks = 8;         // of repetition after one another
constexpr uint32_t kMaxRepeat = 100000;   // in {m,n}

class Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {}
    GrammarRules parse();

private:
    using Node = GrammarNode;
    [[noreturn]] void error(const std::string& message) const;
    bool at_end() const { return at_ >= text_.size(); }
    char peek() const { return at_end() ? '\0' : text_[at_]; }
    bool take(char c);
    void skip_space(bool newlines);

    std::string_view name();
    uint32_t rule_id(std::string_view name);
    void rule();
    Node choice(bool nested, uint32_t depth);
    Node sequence(bool nested, uint32_t depth);
    bool primary(Node& out, uint32_t depth);
    Node repeated(Node node, bool nested);
    Node repetition(Node node);
    Node literal();
    Node set();
    uint32_t count();
    uint32_t character();
    uint32_t hex(int digits);

    std::string_view text_;
    size_t at_ = 0;
    GrammarRules rules_;
    std::vector<bool> defined_;
    std::vector<size_t> first_use_;  // per rule, for messages
    std::unordered_map<std::string_view, uint32_t> ids_;
};

void Parser::error(const std::string& message) const {
    const size_t at = std::min(at_, text_.size());
    const auto line = 1 + std::count(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    const size_t begin = at == 0 ? std::string_view::npos : text_.rfind('\n', at - 1);
    fail(DLGO_ERROR_INVALID_ARGUMENT, "grammar: line %lld, column %zu: %s", static_cast<long long>(line),
         begin == std::string_view::npos ? at + 1 : at - begin, message.c_str());
}

bool Parser::take(char c) {
    if (at_end() || text_[at_] != c) return false;
    ++at_;
    return true;
}

void Parser::skip_space(bool newlines) {
    while (!at_end()) {
        const char c = text_[at_];
        if (c == '#') {
            while (!at_end() && text_[at_] != '\n' && text_[at_] != '\r') ++at_;
        } else if (c == ' ' || c == '\t' || (newlines && (c == '\n' || c == '\r'))) {
            ++at_;
        } else {
            return;
        }
    }
}

bool is_word(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-'; }

std::string_view Parser::name() {
    const size_t begin = at_;
    while (!at_end() && is_word(text_[at_])) ++at_;
    if (at_ == begin) error("expected a rule name");
    return text_.substr(begin, at_ - begin);
}

uint32_t Parser::rule_id(std::string_view name) {
    const auto [entry, added] = ids_.emplace(name, static_cast<uint32_t>(rules_.names.size()));
    if (added) {
        rules_.names.emplace_back(name);
        rules_.bodies.emplace_back();
        defined_.push_back(false);
        first_use_.push_back(at_ - name.size());
    }
    return entry->second;
}

void Parser::rule() {
    const std::string_view rule_name = name();
    const uint32_t id = rule_id(rule_name);
    if (defined_[id]) error("rule '" + rules_.names[id] + "' is defined twice");
    defined_[id] = true;
    skip_space(false);
    if (text_.substr(at_, 3) != "::=") error("expected '::='");
    at_ += 3;
    skip_space(true);
    GrammarNode body = choice(false, 0);
    rules_.bodies[id] = std::move(body);
    if (!at_end() && peek() != '\n' && peek() != '\r') error("expected the end of the line");
    skip_space(true);
}

GrammarNode Parser::choice(bool nested, uint32_t depth) {
    if (depth > kMaxDepth) error("expected at most 200 levels of parentheses");
    Node out;
    out.kind = Node::Kind::Choice;
    for (;;) {
        out.children.push_back(sequence(nested, depth));
        if (!take('|')) break;
        skip_space(true);
    }
    return out.children.size() == 1 ? std::move(out.children[0]) : std::move(out);
}

GrammarNode Parser::sequence(bool nested, uint32_t depth) {
    Node out;
    out.kind = Node::Kind::Sequence;
    Node next;
    while (primary(next, depth)) {
        skip_space(nested);
        out.children.push_back(repeated(std::move(next), nested));
        skip_space(nested);
        next = Node();
    }
    if (out.children.empty()) return Node();
    return out.children.size() == 1 ? std::move(out.children[0]) : std::move(out);
}

// false: nothing that could begin an element.
bool Parser::primary(Node& out, uint32_t depth) {
    const char c = peek();
    if (c == '"') {
        out = literal();
    } else if (c == '[') {
        out = set();
    } else if (c == '.') {
        ++at_;
        out.kind = Node::Kind::Set;
        out.ranges = {{0, 0x10FFFF}};
    } else if (c == '(') {
        ++at_;
        skip_space(true);
        out = choice(true, depth + 1);
        if (!take(')')) error("expected ')'");
    } else if (is_word(c)) {
        out.kind = Node::Kind::Rule;
        out.rule = rule_id(name());
    } else if (c == '*' || c == '+' || c == '?' || c == '{') {
        error("expected something to repeat before this");
    } else if (c == '<' || c == '!') {
        fail(DLGO_ERROR_UNSUPPORTED, "grammar: token references (<...>) are not supported");
    } else {
        return false;
    }
    return true;
}

GrammarNode Parser::repeated(Node node, bool nested) {
    for (uint32_t n = 0;; ++n) {
        const char c = peek();
        if (c != '*' && c != '+' && c != '?' && c != '{') return node;
        if (n == kMaxMarks) error("expected at most 8 repetition marks after one another");
        node = repetition(std::move(node));
        ++at_;
        skip_space(nested);
    }
}

// At the repetition's first character; leaves at its last.
GrammarNode Parser::repetition(Node node) {
    Node out;
    out.kind = Node::Kind::Repeat;
    out.children.push_back(std::move(node));
    const char c = peek();
    out.min = c == '+' ? 1 : 0;
    out.max = c == '?' ? 1 : Node::kUnbounded;
    if (c != '{') return out;
    ++at_;
    skip_space(true);
    out.min = peek() == ',' ? 0 : count();
    out.max = out.min;
    skip_space(true);
    if (take(',')) {
        skip_space(true);
        out.max = peek() == '}' ? Node::kUnbounded : count();
        skip_space(true);
    }
    if (peek() != '}') error("expected '}'");
    if (out.max < out.min) error("expected a maximum that is not below the minimum");
    return out;
}

uint32_t Parser::count() {
    uint32_t n = 0;
    const size_t begin = at_;
    for (; peek() >= '0' && peek() <= '9'; ++at_) {
        n = n * 10 + static_cast<uint32_t>(peek() - '0');
        if (n > kMaxRepeat) error("expected at most 100000 repetitions");
    }
    if (at_ == begin) error("expected a number");
    return n;
}

GrammarNode Parser::literal() {
    Node out;
    for (++at_; peek() != '"';) append_utf8(out.text, character());
    ++at_;
    return out;
}

GrammarNode Parser::set() {
    Node out;
    out.kind = Node::Kind::Set;
    ++at_;
    const bool negated = take('^');
    std::vector<CodeRange> ranges;
    while (peek() != ']') {
        const uint32_t lo = character();
        uint32_t hi = lo;
        if (peek() == '-' && text_.substr(at_ + 1, 1) != "]") {
            ++at_;
            hi = character();
            if (hi < lo) error("expected a range whose end is not before its beginning");
        }
        ranges.push_back({lo, hi});
    }
    ++at_;
    std::sort(ranges.begin(), ranges.end(), [](const CodeRange& a, const CodeRange& b) { return a.lo < b.lo; });
    uint32_t next = 0;  // lowest code point not yet covered
    for (const CodeRange& r : ranges) {
        if (negated && r.lo > next) out.ranges.push_back({next, r.lo - 1});
        if (!negated && r.hi >= next) out.ranges.push_back({std::max(r.lo, next), r.hi});
        next = std::max(next, r.hi + 1);
    }
    if (negated && next <= 0x10FFFF) out.ranges.push_back({next, 0x10FFFF});
    return out;
}

// One character of a literal or a set, escaped or not.
uint32_t Parser::character() {
    if (at_end()) error("expected a closing quote or bracket");
    if (!take('\\')) {
        Utf8State state;
        do {
            if (at_end() || !utf8_feed(state, static_cast<uint8_t>(text_[at_]))) error("expected UTF-8");
            ++at_;
        } while (state.need > 0);
        return state.code;
    }
    const char c = peek();
    ++at_;
    switch (c) {
        case 'x': return hex(2);
        case 'u': return hex(4);
        case 'U': return hex(8);
        case 't': return '\t';
        case 'r': return '\r';
        case 'n': return '\n';
        case '\\': case '"': case '[': case ']': case '^': case '-': return static_cast<uint32_t>(c);
        default: --at_; error("unknown escape");
    }
}

uint32_t Parser::hex(int digits) {
    uint32_t code = 0;
    for (int i = 0; i < digits; ++i, ++at_) {
        const char c = peek();
        const char lower = static_cast<char>(c | 0x20);
        const bool digit = c >= '0' && c <= '9';
        if (!digit && !(lower >= 'a' && lower <= 'f')) error("expected a hexadecimal digit");
        code = code << 4 | static_cast<uint32_t>(digit ? c - '0' : lower - 'a' + 10);
    }
    if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) error("expected a code point of Unicode, not a surrogate");
    return code;
}

GrammarRules Parser::parse() {
    skip_space(true);
    while (!at_end()) rule();
    const auto root = ids_.find("root");
    if (root == ids_.end() || !defined_[root->second]) fail(DLGO_ERROR_INVALID_ARGUMENT, "grammar: expected a rule named 'root'");
    for (size_t i = 0; i < defined_.size(); ++i) {
        if (defined_[i]) continue;
        at_ = first_use_[i];
        error("rule '" + rules_.names[i] + "' is not defined");
    }
    rules_.root = root->second;
    return std::move(rules_);
}

}  // namespace

GrammarRules parse_gbnf(std::string_view text) { return Parser(text).parse(); }

}  // namespace dlgo
