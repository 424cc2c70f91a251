// int() and float() of strings.
#include <charconv>
#include <cmath>
#include <limits>

#include "core/text/jinja/python.h"
#include "core/text/jinja/unicode.h"

namespace dlgo::jinja {

static std::string_view strip(std::string_view text) {
    const auto space = [](char c) { return is_space(static_cast<uint8_t>(c)) && static_cast<uint8_t>(c) < 0x80; };
    while (!text.empty() && space(text.front())) text.remove_prefix(1);
    while (!text.empty() && space(text.back())) text.remove_suffix(1);
    return text;
}

// Underscores may stand between digits. false: elsewhere.
static bool remove_underscores(std::string_view text, std::string& out) {
    const auto digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); };
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '_') {
            out += text[i];
        } else if (i == 0 || i + 1 == text.size() || !digit(text[i - 1]) || !digit(text[i + 1])) {
            return false;
        }
    }
    return true;
}

std::optional<int64_t> parse_int(std::string_view text, int base) {
    text = strip(text);
    bool negative = false;
    if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
        negative = text[0] == '-';
        text.remove_prefix(1);
    }
    if (text.size() > 1 && text[0] == '0') {
        const char mark = static_cast<char>(text[1] | 0x20);
        const int marked = mark == 'x' ? 16 : mark == 'o' ? 8 : mark == 'b' ? 2 : 0;
        if (marked && (base == 0 || base == marked)) {
            text.remove_prefix(2);
            if (!text.empty() && text[0] == '_') text.remove_prefix(1);
            base = marked;
        }
    }
    if (base == 0) base = 10;
    std::string digits;
    if (text.empty() || text[0] == '-' || !remove_underscores(text, digits)) return std::nullopt;
    if (negative) digits.insert(digits.begin(), '-');
    int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return value;
}

std::optional<double> parse_float(std::string_view text) {
    text = strip(text);
    std::string digits;
    if (!remove_underscores(text, digits)) return std::nullopt;
    std::string_view rest = digits;
    bool negative = false;
    if (!rest.empty() && (rest[0] == '-' || rest[0] == '+')) {
        negative = rest[0] == '-';
        rest.remove_prefix(1);
    }
    if (rest.empty() || rest[0] == '-' || rest[0] == '+' || rest.find('(') != std::string_view::npos) return std::nullopt;
    double value = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (end != rest.data() + rest.size() || error == std::errc::invalid_argument) return std::nullopt;
    if (error == std::errc::result_out_of_range) {
        const size_t e = rest.find_first_of("eE");
        value = e != std::string_view::npos && rest[e + 1] == '-' ? 0.0 : std::numeric_limits<double>::infinity();
    }
    return negative ? -value : value;
}

}  // namespace dlgo::jinja
