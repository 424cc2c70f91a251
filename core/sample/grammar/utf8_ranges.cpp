#include <algorithm>

#include "core/base/utf8.h"
#include "core/sample/grammar/automaton.h"

namespace dlgo {

// Code points of one encoded length. Split until the last bytes run over all of 80..BF wherever an earlier byte varies:
// then the set is the product of byte ranges.
static void split(uint32_t lo, uint32_t hi, std::vector<std::vector<ByteRange>>& out) {
    std::string first, last;
    append_utf8(first, lo);
    append_utf8(last, hi);
    for (size_t i = 1; i < first.size(); ++i) {
        const uint32_t low_bits = (1u << 6 * i) - 1;
        if ((lo & ~low_bits) == (hi & ~low_bits)) continue;
        if ((lo & low_bits) != 0) {
            split(lo, lo | low_bits, out);
            return split((lo | low_bits) + 1, hi, out);
        }
        if ((hi & low_bits) != low_bits) {
            split(lo, (hi & ~low_bits) - 1, out);
            return split(hi & ~low_bits, hi, out);
        }
    }
    std::vector<ByteRange> bytes;
    for (size_t i = 0; i < first.size(); ++i) bytes.emplace_back(static_cast<uint8_t>(first[i]), static_cast<uint8_t>(last[i]));
    out.push_back(std::move(bytes));
}

std::vector<std::vector<ByteRange>> utf8_ranges(uint32_t lo, uint32_t hi) {
    // Each encoded length, without the surrogates.
    static constexpr CodeRange kParts[] = {{0, 0x7F}, {0x80, 0x7FF}, {0x800, 0xD7FF}, {0xE000, 0xFFFF}, {0x10000, 0x10FFFF}};
    std::vector<std::vector<ByteRange>> out;
    for (const CodeRange& part : kParts) {
        if (lo <= part.hi && hi >= part.lo) split(std::max(lo, part.lo), std::min(hi, part.hi), out);
    }
    return out;
}

}  // namespace dlgo
