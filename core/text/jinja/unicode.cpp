#include "core/text/jinja/unicode.h"

#include <algorithm>
#include <iterator>

#include "core/base/utf8.h"

namespace dlgo::jinja {

namespace {

struct CharacterRange {
    uint32_t lo, hi;
};
struct CaseRange {
    uint32_t lo, hi, step;  // every step-th one
    int32_t delta;
};
struct CaseSpecial {
    uint32_t code, to[3];  // 0 = unused
};

#include "core/text/jinja/unicode.inc"

template <size_t n>
bool has(const CharacterRange (&table)[n], uint32_t code) {
    const auto row = std::lower_bound(std::begin(table), std::end(table), code, [](const CharacterRange& r, uint32_t c) { return r.hi < c; });
    return row != std::end(table) && code >= row->lo;
}

template <size_t n, size_t m>
void append_mapped(std::string& out, uint32_t code, const CaseRange (&table)[n], const CaseSpecial (&special)[m]) {
    const auto full = std::lower_bound(std::begin(special), std::end(special), code, [](const CaseSpecial& r, uint32_t c) { return r.code < c; });
    if (full != std::end(special) && full->code == code) {
        for (const uint32_t to : full->to) {
            if (to) append_utf8(out, to);
        }
        return;
    }
    // Rows with step 2 may enclose others.
    const auto end = std::upper_bound(std::begin(table), std::end(table), code, [](uint32_t c, const CaseRange& r) { return c < r.lo; });
    for (auto row = end; row != std::begin(table) && end - row < 4;) {
        --row;
        if (code <= row->hi && (code - row->lo) % row->step == 0) {
            code = static_cast<uint32_t>(static_cast<int32_t>(code) + row->delta);
            break;
        }
    }
    append_utf8(out, code);
}

}  // namespace

Character character_at(std::string_view text, size_t offset) {
    Utf8State state;
    for (size_t at = offset; at < text.size(); ++at) {
        if (!utf8_feed(state, static_cast<uint8_t>(text[at]))) break;
        if (state.need == 0) return {state.code, static_cast<uint32_t>(at + 1 - offset)};
    }
    return {static_cast<uint8_t>(text[offset]), 1};
}

size_t count_characters(std::string_view text) {
    size_t n = 0;
    for (size_t at = 0; at < text.size(); at += character_at(text, at).bytes) ++n;
    return n;
}

size_t offset_of(std::string_view text, size_t n) {
    size_t at = 0;
    while (n-- > 0 && at < text.size()) at += character_at(text, at).bytes;
    return at;
}

bool is_space(uint32_t c) {
    return (c >= 9 && c <= 13) || (c >= 0x1C && c <= 0x20) || c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
           c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

bool is_printable(uint32_t code) { return has(kPrintable, code); }
bool is_alpha(uint32_t code) { return has(kAlpha, code); }
bool is_digit(uint32_t code) { return has(kDigit, code); }
bool is_decimal(uint32_t code) { return has(kDecimal, code); }
bool is_numeric(uint32_t code) { return has(kNumeric, code); }
bool is_alnum(uint32_t code) { return is_alpha(code) || is_numeric(code); }
bool is_upper(uint32_t code) { return has(kUpper, code); }
bool is_lower(uint32_t code) { return has(kLower, code); }

void append_upper(std::string& out, uint32_t code) { append_mapped(out, code, kToUpper, kToUpperSpecial); }
void append_lower(std::string& out, uint32_t code) { append_mapped(out, code, kToLower, kToLowerSpecial); }
void append_title(std::string& out, uint32_t code) { append_mapped(out, code, kToTitle, kToTitleSpecial); }

}  // namespace dlgo::jinja
