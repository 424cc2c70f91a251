// From spelling to token: open addressing over texts that somebody else keeps.
#pragma once
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

namespace dlgo {

inline uint64_t hash_text(std::string_view text) noexcept {
    constexpr uint64_t kOdd = 0x9E3779B97F4A7C15u;
    uint64_t h = text.size() * kOdd;
    const char* p = text.data();
    size_t n = text.size();
    for (uint64_t word = 0; n > 0;) {
        const size_t step = n < 8 ? n : 8;
        word = 0;
        std::memcpy(&word, p, step);
        h = (h ^ word) * kOdd;
        h ^= h >> 32;
        p += step;
        n -= step;
    }
    return h;
}

// TextOf: the text of an id.
class TokenIndex {
public:
    void reserve(size_t n) { slots_.assign(std::bit_ceil(2 * n + 2), Slot{}); }

    // Puts id in the place of an equal text. At most as many as reserved.
    template <class TextOf>
    void insert(std::string_view text, int32_t id, const TextOf& text_of) {
        Slot& slot = slots_[place(text, text_of)];
        slot = {static_cast<uint32_t>(hash_text(text)), id};
    }

    // -1: none.
    template <class TextOf>
    int32_t find(std::string_view text, const TextOf& text_of) const noexcept {
        return slots_.empty() ? -1 : slots_[place(text, text_of)].id;
    }

private:
    struct Slot {
        uint32_t hash = 0;
        int32_t id = -1;
    };

    template <class TextOf>
    size_t place(std::string_view text, const TextOf& text_of) const noexcept {
        const uint64_t hash = hash_text(text);
        const size_t mask = slots_.size() - 1;
        size_t at = static_cast<size_t>(hash >> 20) & mask;
        for (;; at = (at + 1) & mask) {
            const Slot& slot = slots_[at];
            if (slot.id < 0 || (slot.hash == static_cast<uint32_t>(hash) && text_of(slot.id) == text)) return at;
        }
    }

    std::vector<Slot> slots_;
};

}  // namespace dlgo
