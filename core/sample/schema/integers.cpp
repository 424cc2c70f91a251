// Ranges of integers as digits.
#include "core/sample/schema/rules.h"

namespace dlgo {

namespace {

std::string digit_range(char lo, char hi) {
    if (lo == hi) return std::string("[") + lo + "]";
    return std::string("[") + lo + "-" + hi + "]";
}

std::string any_digits(size_t n) { return n == 0 ? "" : n == 1 ? " [0-9]" : " [0-9]{" + std::to_string(n) + "}"; }

// Numbers of as many digits as lo and hi have, between them.
void same_length(const std::string& prefix, std::string_view lo, std::string_view hi, std::vector<std::string>& out) {
    const auto quoted = [](const std::string& text) { return text.empty() ? "" : "\"" + text + "\" "; };
    if (lo.empty()) {
        out.push_back("\"" + prefix + "\"");
        return;
    }
    const size_t rest = lo.size() - 1;
    if (lo[0] == hi[0]) return same_length(prefix + lo[0], lo.substr(1), hi.substr(1), out);
    const bool whole_lo = lo.substr(1) == std::string(rest, '0'), whole_hi = hi.substr(1) == std::string(rest, '9');
    if (!whole_lo) same_length(prefix + lo[0], lo.substr(1), std::string(rest, '9'), out);
    const char first = static_cast<char>(lo[0] + !whole_lo), last = static_cast<char>(hi[0] - !whole_hi);
    if (first <= last) out.push_back(quoted(prefix) + digit_range(first, last) + any_digits(rest));
    if (!whole_hi) same_length(prefix + hi[0], std::string(rest, '0'), hi.substr(1), out);
}

// lo <= n <= hi, or without an end.
void natural(uint64_t lo, std::optional<uint64_t> hi, std::vector<std::string>& out) {
    const std::string from = std::to_string(lo);
    const std::string to = hi ? std::to_string(*hi) : std::string(from.size(), '9');
    for (size_t n = from.size(); n <= to.size(); ++n) {
        const std::string low = n == from.size() ? from : std::string("1").append(n - 1, '0');
        same_length("", low, n == to.size() ? to : std::string(n, '9'), out);
    }
    if (!hi) out.push_back("[1-9] [0-9]{" + std::to_string(from.size()) + ",}");
}

uint64_t size_of(int64_t value) { return value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value); }

}  // namespace

std::string gbnf_integers(std::optional<int64_t> min, std::optional<int64_t> max) {
    std::vector<std::string> positive, negative, out;
    if (!max || *max >= 0) natural(min && *min > 0 ? size_of(*min) : 0, max ? std::optional(size_of(*max)) : std::nullopt, positive);
    if (!min || *min < 0) natural(max && *max < 0 ? size_of(*max) : 1, min ? std::optional(size_of(*min)) : std::nullopt, negative);
    for (const std::string& option : negative) out.push_back("\"-\" " + option);
    out.insert(out.end(), positive.begin(), positive.end());
    std::string body = "(";
    for (size_t i = 0; i < out.size(); ++i) body += (i > 0 ? " | " : "") + out[i];
    return body + ")";
}

}  // namespace dlgo
