#include "core/text/jinja/lexer.h"

#include <optional>

#include "core/base/utf8.h"
#include "core/text/jinja/error.h"
#include "core/text/jinja/unicode.h"

namespace dlgo::jinja {

namespace {

bool ascii_digit(char c) { return c >= '0' && c <= '9'; }

bool name_character(uint32_t c, bool first) {
    return c == '_' || is_alpha(c) || (!first && is_alnum(c)) || (!first && c >= 0x300 && c <= 0x36F);
}

class Lexer {
public:
    explicit Lexer(std::string_view source);
    std::vector<Token> run();

private:
    std::string_view rest() const { return std::string_view(source_).substr(at_); }
    bool at(std::string_view text) const { return rest().substr(0, text.size()) == text; }
    void advance(size_t n);
    void skip_space();
    void add(Token::Type type, std::string text = {});

    void tag();
    void data(std::string_view text, char sign, bool variable);
    void comment();
    std::optional<size_t> raw_begin() const;
    void raw();
    void end_block(size_t sign_bytes);
    void inside(bool block);
    bool end_of(bool block);
    void name();
    void number();
    void string();
    void escape(std::string& out);
    void operation();

    std::string source_;
    size_t at_ = 0;
    uint32_t line_ = 1;
    bool line_starting_ = true;
    std::string brackets_;  // closing ones that are expected
    std::vector<Token> tokens_;
};

Lexer::Lexer(std::string_view source) {
    for (size_t i = 0; i < source.size(); ++i) {
        if (source[i] == '\r') {
            source_ += '\n';
            if (i + 1 < source.size() && source[i + 1] == '\n') ++i;
        } else {
            source_ += source[i];
        }
    }
    if (!source_.empty() && source_.back() == '\n') source_.pop_back();
}

void Lexer::advance(size_t n) {
    for (size_t i = 0; i < n; ++i) line_ += source_[at_ + i] == '\n';
    at_ += n;
}

void Lexer::skip_space() {
    while (at_ < source_.size()) {
        const Character c = character_at(source_, at_);
        if (!is_space(c.code)) return;
        advance(c.bytes);
    }
}

void Lexer::add(Token::Type type, std::string text) { tokens_.push_back({type, line_, std::move(text)}); }

std::vector<Token> Lexer::run() {
    while (at_ < source_.size()) {
        size_t open = at_;
        while ((open = source_.find('{', open)) != std::string::npos) {
            const char next = open + 1 < source_.size() ? source_[open + 1] : '\0';
            if (next == '{' || next == '%' || next == '#') break;
            ++open;
        }
        if (open == std::string::npos) {
            add(Token::Type::Data, source_.substr(at_));
            advance(source_.size() - at_);
            break;
        }
        const std::string_view text = std::string_view(source_).substr(at_, open - at_);
        const char sign = open + 2 < source_.size() ? source_[open + 2] : '\0';
        data(text, sign, source_[open + 1] == '{');
        advance(open - at_);
        tag();
    }
    add(Token::Type::End);
    return std::move(tokens_);
}

// The text before a tag.
void Lexer::data(std::string_view text, char sign, bool variable) {
    if (sign == '-') {
        size_t keep = 0;
        for (size_t i = 0; i < text.size();) {
            const Character c = character_at(text, i);
            i += c.bytes;
            if (!is_space(c.code)) keep = i;
        }
        text = text.substr(0, keep);
    } else if (sign != '+' && !variable) {
        const size_t line = text.rfind('\n') + 1;  // 0 without a newline
        bool blank = true;
        for (size_t i = line; i < text.size() && blank;) {
            const Character c = character_at(text, i);
            i += c.bytes;
            blank = is_space(c.code);
        }
        if (blank && (line > 0 || line_starting_)) text = text.substr(0, line);
    }
    if (!text.empty()) add(Token::Type::Data, std::string(text));
}

void Lexer::tag() {
    const char kind = source_[at_ + 1];
    const char sign = at_ + 2 < source_.size() ? source_[at_ + 2] : '\0';
    if (kind == '#') return comment();
    if (kind == '%' && raw_begin()) return raw();
    add(kind == '{' ? Token::Type::VariableBegin : Token::Type::BlockBegin);
    advance(sign == '-' || sign == '+' ? 3 : 2);
    inside(kind == '%');
}

// At the closing delimiter of a block or a comment, with its sign. Removes the white space that goes with it.
void Lexer::end_block(size_t sign_bytes) {
    const char sign = sign_bytes ? source_[at_] : '\0';
    advance(sign_bytes + 2);
    line_starting_ = false;
    if (sign == '-') {
        const size_t begin = at_;
        skip_space();
        line_starting_ = at_ > begin && source_[at_ - 1] == '\n';
    } else if (sign == '\0' && at("\n")) {
        advance(1);
        line_starting_ = true;
    }
}

void Lexer::comment() {
    const size_t end = source_.find("#}", at_ + 2);
    if (end == std::string::npos) throw SyntaxError(line_, "Missing end of comment tag");
    const bool sign = end > at_ + 2 && (source_[end - 1] == '-' || source_[end - 1] == '+');
    advance(end - sign - at_);
    end_block(sign);
}

// The length of `{% raw %}` when it is here.
std::optional<size_t> Lexer::raw_begin() const {
    size_t i = at_ + 2;
    const auto spaces = [&] {
        while (i < source_.size() && is_space(static_cast<uint8_t>(source_[i])) && static_cast<uint8_t>(source_[i]) < 0x80) ++i;
    };
    if (i < source_.size() && (source_[i] == '-' || source_[i] == '+')) ++i;
    spaces();
    if (source_.compare(i, 3, "raw") != 0) return std::nullopt;
    i += 3;
    spaces();
    if (source_.compare(i, 2, "%}") == 0) return i + 2 - at_;
    if (source_.compare(i, 3, "-%}") != 0) return std::nullopt;
    i += 3;
    spaces();
    return i - at_;
}

void Lexer::raw() {
    advance(*raw_begin());
    line_starting_ = source_[at_ - 1] == '\n';
    for (size_t open = at_; (open = source_.find("{%", open)) != std::string::npos; open += 2) {
        size_t i = open + 2;
        const char sign = i < source_.size() && (source_[i] == '-' || source_[i] == '+') ? source_[i++] : '\0';
        while (i < source_.size() && is_space(static_cast<uint8_t>(source_[i])) && static_cast<uint8_t>(source_[i]) < 0x80) ++i;
        if (source_.compare(i, 6, "endraw") != 0) continue;
        i += 6;
        while (i < source_.size() && is_space(static_cast<uint8_t>(source_[i])) && static_cast<uint8_t>(source_[i]) < 0x80) ++i;
        const bool end_sign = i < source_.size() && (source_[i] == '-' || source_[i] == '+');
        if (source_.compare(i + end_sign, 2, "%}") != 0) continue;
        data(std::string_view(source_).substr(at_, open - at_), sign, false);
        advance(i - at_);
        return end_block(end_sign);
    }
    throw SyntaxError(line_, "Missing end of raw directive");
}

bool Lexer::end_of(bool block) {
    const std::string_view end = block ? "%}" : "}}";
    const bool minus = at(block ? "-%}" : "-}}"), plus = block && at("+%}");
    if (!brackets_.empty() || !(minus || plus || at(end))) return false;
    add(block ? Token::Type::BlockEnd : Token::Type::VariableEnd);
    if (block) {
        end_block(minus || plus);
        return true;
    }
    advance(minus ? 3 : 2);
    line_starting_ = false;
    if (minus) {
        const size_t begin = at_;
        skip_space();
        line_starting_ = at_ > begin && source_[at_ - 1] == '\n';
    }
    return true;
}

void Lexer::inside(bool block) {
    brackets_.clear();
    while (at_ < source_.size()) {
        if (end_of(block)) return;
        const Character c = character_at(source_, at_);
        if (is_space(c.code)) {
            advance(c.bytes);
        } else if (c.code < 0x80 && ascii_digit(static_cast<char>(c.code))) {
            number();
        } else if (c.code == '"' || c.code == '\'') {
            string();
        } else if (name_character(c.code, true)) {
            name();
        } else {
            operation();
        }
    }
}

void Lexer::name() {
    size_t n = 0;
    while (at_ + n < source_.size()) {
        const Character c = character_at(source_, at_ + n);
        if (!name_character(c.code, false)) break;
        n += c.bytes;
    }
    add(Token::Type::Name, source_.substr(at_, n));
    advance(n);
}

void Lexer::number() {
    const std::string_view text = rest();
    const auto digits = [&](size_t i, auto valid) {
        // A digit, then digits with single underscores between them; returns the end, i if there are none.
        size_t end = i;
        while (end < text.size()) {
            size_t next = end;
            if (end > i && text[next] == '_') ++next;
            if (next >= text.size() || !valid(text[next])) break;
            end = next + 1;
        }
        return end;
    };
    const auto strip = [&](size_t n) {
        std::string out;
        for (const char c : text.substr(0, n)) {
            if (c != '_') out += c;
        }
        return out;
    };
    const bool after_dot = at_ > 0 && source_[at_ - 1] == '.';
    const size_t whole = digits(0, ascii_digit);
    size_t end = whole;
    if (!after_dot) {
        if (end + 1 < text.size() && text[end] == '.' && ascii_digit(text[end + 1])) end = digits(end + 1, ascii_digit);
        if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
            size_t e = end + 1;
            if (e < text.size() && (text[e] == '+' || text[e] == '-')) ++e;
            const size_t last = digits(e, ascii_digit);
            if (last > e) end = last;
        }
    }
    if (end > whole) {
        add(Token::Type::Float, strip(end));
        return advance(end);
    }
    end = whole;
    if (text[0] == '0' && text.size() > 2) {
        const char mark = static_cast<char>(text[1] | 0x20);
        const auto valid = [mark](char c) {
            if (mark == 'b') return c == '0' || c == '1';
            if (mark == 'o') return c >= '0' && c <= '7';
            return ascii_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
        };
        if (mark == 'b' || mark == 'o' || mark == 'x') {
            const size_t begin = text[2] == '_' ? 3 : 2;
            const size_t last = digits(begin, valid);
            if (last > begin) {
                add(Token::Type::Integer, strip(last));
                return advance(last);
            }
        }
    }
    if (text[0] == '0') end = digits(0, [](char c) { return c == '0'; });
    add(Token::Type::Integer, strip(end));
    advance(end);
}

void Lexer::string() {
    const char quote = source_[at_];
    size_t end = at_ + 1;
    while (end < source_.size() && source_[end] != quote) end += source_[end] == '\\' ? 2 : 1;
    if (end >= source_.size()) throw SyntaxError(line_, std::string("unexpected char '") + quote + "': a string without an end");
    tokens_.push_back({Token::Type::String, line_, {}});
    std::string& out = tokens_.back().text;
    advance(1);
    while (at_ < end) {
        if (source_[at_] == '\\') {
            escape(out);
        } else {
            out += source_[at_];
            advance(1);
        }
    }
    advance(1);
}

// As Python's "unicode-escape"; unknown ones stay as they are.
void Lexer::escape(std::string& out) {
    const char c = source_[at_ + 1];
    const auto hex = [&](size_t n) {
        uint32_t code = 0;
        for (size_t i = 0; i < n; ++i) {
            const char h = at_ + 2 + i < source_.size() ? source_[at_ + 2 + i] : '\0';
            const char lower = static_cast<char>(h | 0x20);
            if (!ascii_digit(h) && !(lower >= 'a' && lower <= 'f')) throw SyntaxError(line_, "a string has a bad escape sequence");
            code = code << 4 | static_cast<uint32_t>(ascii_digit(h) ? h - '0' : lower - 'a' + 10);
        }
        if (code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) throw SyntaxError(line_, "a string has an escape sequence that is no character");
        append_utf8(out, code);
        advance(n + 2);
    };
    switch (c) {
        case 'x': return hex(2);
        case 'u': return hex(4);
        case 'U': return hex(8);
        case 'N': throw SyntaxError(line_, "names of characters (\\N) are not supported");
        case '\n': return advance(2);
        default: break;
    }
    if (c >= '0' && c <= '7') {
        uint32_t code = 0;
        size_t n = 0;
        for (; n < 3 && source_[at_ + 1 + n] >= '0' && source_[at_ + 1 + n] <= '7'; ++n) code = code * 8 + static_cast<uint32_t>(source_[at_ + 1 + n] - '0');
        append_utf8(out, code);
        return advance(n + 1);
    }
    constexpr std::string_view kLetters = "abfnrtv\\'\"", kMeanings = "\a\b\f\n\r\t\v\\'\"";
    const size_t known = kLetters.find(c);
    if (known == std::string_view::npos) {
        out += '\\';
        return advance(1);
    }
    out += kMeanings[known];
    advance(2);
}

void Lexer::operation() {
    static constexpr std::string_view kOperators[] = {"//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[",
                                                      "]",  "(",  ")",  "{",  "}",  ">",  "<", "=", ".", ":", "|", ",", ";"};
    for (const std::string_view op : kOperators) {
        if (!at(op)) continue;
        if (op == "(") brackets_ += ')';
        if (op == "[") brackets_ += ']';
        if (op == "{") brackets_ += '}';
        if (op == ")" || op == "]" || op == "}") {
            if (brackets_.empty()) throw SyntaxError(line_, "unexpected '" + std::string(op) + "'");
            if (brackets_.back() != op[0]) throw SyntaxError(line_, "unexpected '" + std::string(op) + "', expected '" + brackets_.back() + "'");
            brackets_.pop_back();
        }
        add(Token::Type::Operator, std::string(op));
        return advance(op.size());
    }
    const Character c = character_at(source_, at_);
    throw SyntaxError(line_, "unexpected char '" + source_.substr(at_, c.bytes) + "'");
}

}  // namespace

std::vector<Token> tokenize(std::string_view source) { return Lexer(source).run(); }

}  // namespace dlgo::jinja
