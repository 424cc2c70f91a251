#include "core/base/utf8.h"

namespace dlgo {

// Unicode 15, table 3-7: only the first continuation byte has a range that depends on the lead byte.
static bool utf8_lead(Utf8State& state, uint8_t byte) noexcept {
    state.low = 0x80;
    state.high = 0xBF;
    if (byte < 0x80) {
        state.need = 0;
        state.code = byte;
    } else if (byte >= 0xC2 && byte <= 0xDF) {
        state.need = 1;
        state.code = byte & 0x1Fu;
    } else if (byte >= 0xE0 && byte <= 0xEF) {
        state.need = 2;
        state.code = byte & 0x0Fu;
        if (byte == 0xE0) state.low = 0xA0;
        if (byte == 0xED) state.high = 0x9F;
    } else if (byte >= 0xF0 && byte <= 0xF4) {
        state.need = 3;
        state.code = byte & 0x07u;
        if (byte == 0xF0) state.low = 0x90;
        if (byte == 0xF4) state.high = 0x8F;
    } else {
        return false;
    }
    return true;
}

bool utf8_feed(Utf8State& state, uint8_t byte) noexcept {
    if (state.need == 0) return utf8_lead(state, byte);
    if (byte < state.low || byte > state.high) {
        state = {};
        return false;
    }
    state.code = state.code << 6 | (byte & 0x3Fu);
    state.low = 0x80;
    state.high = 0xBF;
    --state.need;
    return true;
}

bool is_valid_utf8(std::string_view text) noexcept {
    Utf8State state;
    for (const char c : text) {
        if (!utf8_feed(state, static_cast<uint8_t>(c))) return false;
    }
    return state.need == 0;
}

void append_utf8(std::string& out, uint32_t code) {
    const auto put = [&out](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (code < 0x80) {
        put(code);
    } else if (code < 0x800) {
        put(0xC0 | code >> 6);
        put(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        put(0xE0 | code >> 12);
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    } else {
        put(0xF0 | code >> 18);
        put(0x80 | (code >> 12 & 0x3F));
        put(0x80 | (code >> 6 & 0x3F));
        put(0x80 | (code & 0x3F));
    }
}

}  // namespace dlgo
