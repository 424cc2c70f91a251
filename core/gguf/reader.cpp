#include "core/gguf/reader.h"

#include <cinttypes>

#include "core/base/utf8.h"

namespace dlgo {

std::string quoted(std::string_view text) {
    constexpr size_t kMax = 80;
    const bool readable = is_valid_utf8(text);
    std::string out = "'";
    for (const char c : text.substr(0, kMax)) {
        const auto byte = static_cast<uint8_t>(c);
        const bool escape = byte < 0x20 || byte == 0x7F || (byte >= 0x80 && (!readable || text.size() > kMax));
        out += escape ? strf("\\x%02X", byte) : std::string(1, c);
    }
    return out + (text.size() > kMax ? "...'" : "'");
}

void GgufReader::violation(const std::string& message) const {
    fail(DLGO_ERROR_FORMAT, "%s: %s: %s", file_.c_str(), item_.c_str(), message.c_str());
}

void GgufReader::unsupported(const std::string& message) const {
    fail(DLGO_ERROR_UNSUPPORTED, "%s: %s: %s", file_.c_str(), item_.c_str(), message.c_str());
}

void GgufReader::need(uint64_t n, const char* what) const {
    if (remaining() >= n) return;
    violation(strf("%s at byte %" PRIu64 ": expected %" PRIu64 " bytes, the file has %" PRIu64 " more", what, at_, n, remaining()));
}

std::string_view GgufReader::string(const char* what) {
    const auto length = number<uint64_t>(what);
    need(length, what);
    const std::string_view text(reinterpret_cast<const char*>(data_ + at_), length);
    at_ += length;
    return text;
}

std::string_view GgufReader::name(const char* what, uint64_t max) {
    const std::string_view text = string(what);
    if (text.empty() || text.size() > max) {
        violation(strf("expected a %s of 1 to %" PRIu64 " bytes, found %zu bytes", what, max, text.size()));
    }
    if (!is_valid_utf8(text) || text.find('\0') != std::string_view::npos) {
        violation(strf("expected a %s in UTF-8 without NUL, found %s", what, quoted(text).c_str()));
    }
    return text;
}

uint64_t GgufReader::count(const char* what, uint64_t min_bytes) {
    const auto n = number<uint64_t>(what);
    if (n > remaining() / min_bytes) {
        violation(strf("%s: expected at most %" PRIu64 ", as many as the rest of the file can hold, found %" PRIu64, what,
                       remaining() / min_bytes, n));
    }
    return n;
}

}  // namespace dlgo
