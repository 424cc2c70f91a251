#include "core/base/env.h"

#include <charconv>
#include <cstdlib>

#include "core/base/error.h"

namespace dlgo {

std::optional<std::string> env_string(const char* name) {
    const char* value = std::getenv(name);
    if (!value || !*value) return std::nullopt;
    return std::string(value);
}

std::optional<int64_t> env_int(const char* name, int64_t min, int64_t max) {
    const auto text = env_string(name);
    if (!text) return std::nullopt;
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
    if (error != std::errc() || end != text->data() + text->size() || value < min || value > max) {
        fail(DLGO_ERROR_INVALID_ARGUMENT, "environment variable %s: expected a number from %lld to %lld, found '%s'", name,
             static_cast<long long>(min), static_cast<long long>(max), text->c_str());
    }
    return value;
}

std::optional<uint64_t> env_size(const char* name) {
    const auto text = env_string(name);
    if (!text) return std::nullopt;
    const auto bytes = parse_size(*text);
    if (!bytes) {
        fail(DLGO_ERROR_INVALID_ARGUMENT, "environment variable %s: expected a size such as 512M or 8G, found '%s'", name,
             text->c_str());
    }
    return bytes;
}

// Shift of "", "K", "KB", "KiB" and so on; -1 for other text.
static int unit_shift(std::string_view unit) noexcept {
    if (unit.empty() || unit == "B" || unit == "b") return 0;
    int shift = 0;
    switch (unit[0] | 0x20) {
        case 'k': shift = 10; break;
        case 'm': shift = 20; break;
        case 'g': shift = 30; break;
        case 't': shift = 40; break;
        default: return -1;
    }
    unit.remove_prefix(1);
    if (!unit.empty() && (unit[0] | 0x20) == 'i') {
        unit.remove_prefix(1);
        if (unit.empty()) return -1;
    }
    return unit.empty() || unit == "B" || unit == "b" ? shift : -1;
}

std::optional<uint64_t> parse_size(std::string_view text) noexcept {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    const char* const end = text.data() + text.size();
    uint64_t whole = 0;
    const auto [after, error] = std::from_chars(text.data(), end, whole);
    if (error != std::errc()) return std::nullopt;

    const char* at = after;
    double fraction = 0;
    if (at < end && *at == '.') {
        double digit = 0.1;
        for (++at; at < end && *at >= '0' && *at <= '9'; ++at, digit /= 10) fraction += (*at - '0') * digit;
    }
    while (at < end && *at == ' ') ++at;
    const int shift = unit_shift({at, static_cast<size_t>(end - at)});
    if (shift < 0 || whole > UINT64_MAX >> shift) return std::nullopt;
    const uint64_t bytes = whole << shift;
    const auto part = static_cast<uint64_t>(fraction * static_cast<double>(uint64_t{1} << shift));
    return bytes > UINT64_MAX - part ? std::nullopt : std::optional(bytes + part);
}

}  // namespace dlgo
