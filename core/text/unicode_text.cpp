#include "core/text/unicode_text.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>

#include "core/base/utf8.h"

namespace dlgo {
namespace {

// A character by its lead byte and continuation bytes alone. length 0: invalid.
struct Decoded {
    uint32_t code, length;
};

Decoded decode(std::string_view text, size_t at) noexcept {
    const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[at + i]); };
    const uint32_t lead = byte(0);
    const uint32_t length = lead < 0x80 ? 1 : lead < 0xC0 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF8 ? 4 : 0;
    if (length == 0 || text.size() - at < length) return {0, 0};
    if (length == 1) return {lead, 1};
    uint32_t code = lead & (0x7Fu >> length);
    for (uint32_t i = 1; i < length; ++i) {
        if (byte(i) >> 6 != 2) return {0, 0};
        code = code << 6 | (byte(i) & 0x3Fu);
    }
    return {code, code > 0x10FFFF ? 0 : length};
}

// Characters of the same category and length in UTF-8 that are in every version, and on the same side of the ranges
// that patterns name.
constexpr const char kMark3[] = "\u0E31", kLaoMark[] = "\u0EB1", kSymbol3[] = "\u2190", kPrivate3[] = "\uE000";
constexpr const char kLetter4[] = "\U00010000", kHan4[] = "\U0002B738", kMark4[] = "\U000101FD", kNumber4[] = "\U00010107";
constexpr const char kPunctuation4[] = "\U00010100", kSymbol4[] = "\U0001F300";

struct Range {
    uint32_t first, last;
    const char* stand_in;
};

// DerivedAge 15.0 and 15.1; surrogates.
constexpr Range kRanges[] = {
    {0x0CF3, 0x0CF3, kMark3},         {0x0ECE, 0x0ECE, kLaoMark},         {0x2FFC, 0x2FFF, kSymbol3},
    {0x31EF, 0x31EF, kSymbol3},       {0xD800, 0xDFFF, kPrivate3},      {0x10EFD, 0x10EFF, kMark4},
    {0x1123F, 0x11240, kLetter4},     {0x11241, 0x11241, kMark4},       {0x11B00, 0x11B09, kPunctuation4},
    {0x11F00, 0x11F01, kMark4},       {0x11F02, 0x11F02, kLetter4},     {0x11F03, 0x11F03, kMark4},
    {0x11F04, 0x11F10, kLetter4},     {0x11F12, 0x11F33, kLetter4},     {0x11F34, 0x11F3A, kMark4},
    {0x11F3E, 0x11F42, kMark4},       {0x11F43, 0x11F4F, kPunctuation4}, {0x11F50, 0x11F59, kNumber4},
    {0x1342F, 0x1342F, kLetter4},     {0x13440, 0x13440, kMark4},       {0x13441, 0x13446, kLetter4},
    {0x13447, 0x13455, kMark4},       {0x1B132, 0x1B132, kLetter4},     {0x1B155, 0x1B155, kLetter4},
    {0x1D2C0, 0x1D2D3, kNumber4},     {0x1DF25, 0x1DF2A, kLetter4},     {0x1E030, 0x1E06D, kLetter4},
    {0x1E08F, 0x1E08F, kMark4},       {0x1E4D0, 0x1E4EB, kLetter4},     {0x1E4EC, 0x1E4EF, kMark4},
    {0x1E4F0, 0x1E4F9, kNumber4},     {0x1F6DC, 0x1F6DC, kSymbol4},     {0x1F774, 0x1F776, kSymbol4},
    {0x1F77B, 0x1F77F, kSymbol4},     {0x1F7D9, 0x1F7D9, kSymbol4},     {0x1FA75, 0x1FA77, kSymbol4},
    {0x1FA87, 0x1FA88, kSymbol4},     {0x1FAAD, 0x1FAAF, kSymbol4},     {0x1FABB, 0x1FABD, kSymbol4},
    {0x1FABF, 0x1FABF, kSymbol4},     {0x1FACE, 0x1FACF, kSymbol4},     {0x1FADA, 0x1FADB, kSymbol4},
    {0x1FAE8, 0x1FAE8, kSymbol4},     {0x1FAF7, 0x1FAF8, kSymbol4},     {0x2B739, 0x2B739, kHan4},
    {0x2EBF0, 0x2EE5D, kLetter4},     {0x31350, 0x323AF, kLetter4},
};

const char* stand_in_for(uint32_t code) noexcept {
    const Range* r = std::lower_bound(std::begin(kRanges), std::end(kRanges), code,
                                      [](const Range& range, uint32_t c) { return range.last < c; });
    return r != std::end(kRanges) && r->first <= code ? r->stand_in : nullptr;
}

}  // namespace

std::string_view repair_utf8(std::string_view text, std::string& storage) {
    if (is_valid_utf8(text)) return text;
    storage.clear();
    storage.reserve(text.size() + text.size() / 8);
    for (size_t i = 0; i < text.size();) {
        const Decoded c = decode(text, i);
        append_utf8(storage, c.length ? c.code : 0xFFFD);
        i += c.length ? c.length : 1;
    }
    return storage;
}

std::string_view with_known_characters(std::string_view text, std::string& storage) {
    bool copied = false;
    for (size_t i = 0; i < text.size(); ++i) {
        const auto lead = static_cast<uint8_t>(text[i]);
        if (lead < 0xE0) continue;
        const Decoded c = decode(text, i);
        const char* stand_in = stand_in_for(c.code);
        if (!stand_in) continue;
        if (!copied) storage = text;
        copied = true;
        std::memcpy(storage.data() + i, stand_in, c.length);
    }
    return copied ? std::string_view(storage) : text;
}

}  // namespace dlgo
