#include "core/text/byte_alphabet.h"

#include <array>

#include "core/base/utf8.h"

namespace dlgo {
namespace {

constexpr uint32_t kAlphabetEnd = 256 + 68;

constexpr bool stands_for_itself(uint32_t byte) {
    return (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte != 0xAD);
}

struct Alphabet {
    std::array<uint16_t, 256> code{};
    std::array<int16_t, kAlphabetEnd> byte{};  // -1: not in the alphabet
};

constexpr Alphabet make_alphabet() {
    Alphabet a;
    for (auto& b : a.byte) b = -1;
    uint16_t next = 256;
    for (uint32_t byte = 0; byte < 256; ++byte) {
        a.code[byte] = stands_for_itself(byte) ? static_cast<uint16_t>(byte) : next++;
        a.byte[a.code[byte]] = static_cast<int16_t>(byte);
    }
    return a;
}

constexpr Alphabet kAlphabet = make_alphabet();

}  // namespace

uint32_t stand_in_of(uint8_t byte) noexcept { return kAlphabet.code[byte]; }

void append_stand_ins(std::string& out, std::string_view bytes) {
    for (const char c : bytes) append_utf8(out, stand_in_of(static_cast<uint8_t>(c)));
}

void append_stood_for(std::string& out, std::string_view token) {
    for (size_t i = 0; i < token.size();) {
        const auto lead = static_cast<uint8_t>(token[i]);
        uint32_t code = lead;
        size_t length = 1;
        if (lead >= 0x80 && i + 1 < token.size()) {  // the alphabet ends before U+0800
            const auto next = static_cast<uint8_t>(token[i + 1]);
            code = lead >> 5 == 6 && next >> 6 == 2 ? (lead & 0x1Fu) << 6 | (next & 0x3Fu) : kAlphabetEnd;
            length = code < kAlphabetEnd ? 2 : 1;
        } else if (lead >= 0x80) {
            code = kAlphabetEnd;
        }
        if (code < kAlphabetEnd && kAlphabet.byte[code] >= 0) {
            out.push_back(static_cast<char>(kAlphabet.byte[code]));
        } else {
            out.append(token.substr(i, length));
        }
        i += length;
    }
}

}  // namespace dlgo
