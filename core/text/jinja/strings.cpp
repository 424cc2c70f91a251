#include "core/text/jinja/strings.h"

#include <string.h>

#include <algorithm>

#include "core/text/jinja/limits.h"

namespace dlgo::jinja {

namespace {

bool is_line_end(uint32_t c) {
    return (c >= 0x0A && c <= 0x0D) || (c >= 0x1C && c <= 0x1E) || c == 0x85 || c == 0x2028 || c == 0x2029;
}

// The beginning of the character that ends at `end`.
size_t previous(std::string_view text, size_t end) {
    for (size_t n = 1; n <= 4 && n <= end; ++n) {
        if (character_at(text, end - n).bytes == n) return end - n;
    }
    return end - 1;
}

std::vector<Text> split_space(const Text& text, int64_t limit, bool from_right) {
    std::vector<Text> out;
    const std::string& bytes = text.bytes();
    const auto space_at = [&](size_t at) { return is_space(character_at(bytes, at).code); };
    size_t begin = 0, end = text.size();
    for (;;) {
        while (begin < end && space_at(begin)) begin += character_at(bytes, begin).bytes;
        while (end > begin && space_at(previous(bytes, end))) end = previous(bytes, end);
        if (begin == end) break;
        charge_steps(1);
        if (limit >= 0 && static_cast<int64_t>(out.size()) == limit) {
            // What is left keeps the white space on its far side.
            out.push_back(from_right ? text.substr(0, end) : text.substr(begin, text.size()));
            break;
        }
        size_t cut = from_right ? end : begin;
        if (from_right) {
            while (cut > begin && !space_at(previous(bytes, cut))) cut = previous(bytes, cut);
            out.push_back(text.substr(cut, end));
            end = cut;
        } else {
            while (cut < end && !space_at(cut)) cut += character_at(bytes, cut).bytes;
            out.push_back(text.substr(begin, cut));
            begin = cut;
        }
    }
    if (from_right) std::reverse(out.begin(), out.end());
    return out;
}

}  // namespace

size_t find_bytes(std::string_view text, std::string_view part, size_t from) {
    if (from > text.size()) return std::string_view::npos;
    const void* found = memmem(text.data() + from, text.size() - from, part.data(), part.size());
    return found ? static_cast<size_t>(static_cast<const char*>(found) - text.data()) : std::string_view::npos;
}

Text strip(const Text& text, std::optional<std::string_view> characters, bool left, bool right) {
    const std::string& bytes = text.bytes();
    const auto drop = [&](size_t at) {
        const Character c = character_at(bytes, at);
        return characters ? find_bytes(*characters, std::string_view(bytes).substr(at, c.bytes), 0) != std::string_view::npos : is_space(c.code);
    };
    size_t begin = 0, end = text.size();
    while (left && begin < end && drop(begin)) begin += character_at(bytes, begin).bytes;
    while (right && end > begin && drop(previous(bytes, end))) end = previous(bytes, end);
    return text.substr(begin, end);
}

std::vector<Text> split(const Text& text, const Text* separator, int64_t limit, bool from_right) {
    if (!separator) return split_space(text, limit, from_right);
    std::vector<Text> out;
    const std::string &bytes = text.bytes(), &part = separator->bytes();
    const auto more = [&] { return limit < 0 || static_cast<int64_t>(out.size()) < limit; };
    if (from_right) {
        size_t end = bytes.size();
        while (more() && end >= part.size()) {
            const size_t at = bytes.rfind(part, end - part.size());
            if (at == std::string::npos) break;
            charge_steps(1);
            out.push_back(text.substr(at + part.size(), end));
            end = at;
        }
        out.push_back(text.substr(0, end));
        std::reverse(out.begin(), out.end());
        return out;
    }
    size_t begin = 0;
    while (more()) {
        const size_t at = find_bytes(bytes, part, begin);
        if (at == std::string_view::npos) break;
        charge_steps(1);
        out.push_back(text.substr(begin, at));
        begin = at + part.size();
    }
    out.push_back(text.substr(begin, bytes.size()));
    return out;
}

std::vector<Text> split_lines(const Text& text, bool keep_ends) {
    std::vector<Text> out;
    const std::string& bytes = text.bytes();
    size_t begin = 0;
    for (size_t at = 0; at < bytes.size();) {
        const Character c = character_at(bytes, at);
        size_t next = at + c.bytes;
        if (is_line_end(c.code)) {
            if (c.code == '\r' && next < bytes.size() && bytes[next] == '\n') ++next;
            charge_steps(1);
            out.push_back(text.substr(begin, keep_ends ? next : at));
            begin = next;
        }
        at = next;
    }
    if (begin < bytes.size()) out.push_back(text.substr(begin, bytes.size()));
    return out;
}

Text replace(const Text& text, const Text& from, const Text& to, int64_t limit) {
    Text out;
    out.markup = text.markup;
    size_t begin = 0;
    const auto grow = [&] { charge_text((out.size() + to.size()) / 1024 + to.size()); };
    for (size_t at = 0; limit != 0; --limit) {
        if (from.empty()) {
            // Before every character and at the end.
            grow();
            out.append(to);
            if (at >= text.size()) break;
            const size_t n = character_at(text.bytes(), at).bytes;
            out.append(text, at, at + n);
            begin = at += n;
        } else {
            at = find_bytes(text.bytes(), from.bytes(), begin);
            if (at == std::string_view::npos) break;
            grow();
            out.append(text, begin, at);
            out.append(to);
            begin = at + from.size();
        }
    }
    out.append(text, begin, text.size());
    return out;
}

Text map_characters(const Text& text, void (*append)(std::string&, uint32_t)) {
    Text out;
    out.markup = text.markup;
    std::string mapped;
    for (size_t at = 0; at < text.size();) {
        const Character c = character_at(text.bytes(), at);
        mapped.clear();
        append(mapped, c.code);
        if (c.bytes == 1 && c.code >= 0x80) mapped = text.bytes().substr(at, 1);
        out.append(mapped, text.trusted_at(at));
        at += c.bytes;
    }
    return out;
}

Text capitalize(const Text& text) {
    const size_t first = text.empty() ? 0 : character_at(text.bytes(), 0).bytes;
    Text out = map_characters(text.substr(0, first), append_title);
    out.append(map_characters(text.substr(first, text.size()), append_lower));
    out.markup = text.markup;
    return out;
}

Text title(const Text& text) {
    Text out;
    out.markup = text.markup;
    bool in_word = false;
    for (size_t at = 0; at < text.size();) {
        const Character c = character_at(text.bytes(), at);
        out.append(map_characters(text.substr(at, at + c.bytes), in_word ? append_lower : append_title));
        in_word = is_upper(c.code) || is_lower(c.code) || (is_alpha(c.code) && (c.code == 0x1C5 || c.code == 0x1C8 || c.code == 0x1CB || c.code == 0x1F2));
        at += c.bytes;
    }
    return out;
}

Text title_words(const Text& text) {
    Text out;
    const auto breaks = [](uint32_t c) { return c == '-' || c == '(' || c == '{' || c == '[' || c == '<' || is_space(c); };
    bool first = true;
    for (size_t at = 0; at < text.size();) {
        const Character c = character_at(text.bytes(), at);
        out.append(map_characters(text.substr(at, at + c.bytes), first ? append_upper : append_lower));
        first = breaks(c.code);
        at += c.bytes;
    }
    return out;
}

Text swap_case(const Text& text) {
    return map_characters(text, [](std::string& out, uint32_t c) { is_upper(c) ? append_lower(out, c) : append_upper(out, c); });
}

Text justify(const Text& text, int64_t width, const Text& fill, int where) {
    const int64_t missing = width - static_cast<int64_t>(count_characters(text.bytes()));
    if (missing <= 0) return text;
    charge_text(static_cast<uint64_t>(missing) > kMaxStringBytes ? kMaxStringBytes + 1 : static_cast<uint64_t>(missing) * fill.size());
    const int64_t left = where > 0 ? missing : where < 0 ? 0 : missing / 2 + (missing & width & 1);
    Text out;
    for (int64_t i = 0; i < left; ++i) out.append(fill);
    out.append(text);
    for (int64_t i = left; i < missing; ++i) out.append(fill);
    out.markup = text.markup;
    return out;
}

Text zero_fill(const Text& text, int64_t width) {
    const Text zeros = justify(text, width, Text("0", true), 1);
    const bool sign = !text.empty() && (text.bytes()[0] == '-' || text.bytes()[0] == '+');
    if (!sign || zeros.size() == text.size()) return zeros;
    Text out = text.substr(0, 1);
    const size_t added = zeros.size() - text.size();
    out.append(zeros, 0, added);
    out.append(text, 1, text.size());
    return out;
}

Text expand_tabs(const Text& text, int64_t size) {
    Text out;
    int64_t column = 0;
    for (size_t at = 0; at < text.size();) {
        const Character c = character_at(text.bytes(), at);
        if (c.code == '\t') {
            const int64_t n = size > 0 ? size - column % size : 0;
            charge_text(static_cast<uint64_t>(n));
            out.append(std::string(static_cast<size_t>(n), ' '), text.trusted_at(at));
            column += n;
        } else {
            out.append(text, at, at + c.bytes);
            column = c.code == '\n' || c.code == '\r' ? 0 : column + 1;
        }
        at += c.bytes;
    }
    return out;
}

}  // namespace dlgo::jinja
