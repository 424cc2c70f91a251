// Merging neighbours, best pair first, in O(n log n).
#pragma once
#include <algorithm>
#include <bit>
#include <cstdint>
#include <functional>
#include <vector>

namespace dlgo {

struct Symbol {
    uint32_t begin, length;  // bytes of the text; length 0: merged into the one before
    int32_t id;
    uint32_t prev, next;
};

// What a pair becomes. Lower priorities go first, among equal ones the leftmost.
struct Join {
    int32_t id = -1;  // -1: the pair does not merge
    uint32_t priority = 0;
};

class MergeList {
public:
    std::vector<Symbol>& symbols() noexcept { return symbols_; }

    void clear() noexcept { symbols_.clear(); }
    void push(uint32_t begin, uint32_t length, int32_t id) {
        const auto i = static_cast<uint32_t>(symbols_.size());
        symbols_.push_back({begin, length, id, i - 1, i + 1});
    }

    // join: Join of two neighbouring symbols.
    template <class JoinOf>
    void merge(const JoinOf& join) {
        heap_.clear();
        for (uint32_t i = 1; i < symbols_.size(); ++i) consider(i - 1, i, join, false);
        std::make_heap(heap_.begin(), heap_.end(), std::greater<>());
        while (!heap_.empty()) {
            std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
            const Pair pair = heap_.back();
            heap_.pop_back();
            const auto i = static_cast<uint32_t>(pair.key);
            Symbol& left = symbols_[i];
            if (left.length == 0 || left.next >= symbols_.size()) continue;
            Symbol& right = symbols_[left.next];
            if (left.length + right.length != pair.length) continue;  // one of the two has grown since
            left.length = pair.length;
            left.id = pair.id;
            left.next = right.next;
            right.length = 0;
            if (left.next < symbols_.size()) symbols_[left.next].prev = i;
            consider(left.prev, i, join, true);
            consider(i, left.next, join, true);
        }
    }

private:
    struct Pair {
        uint64_t key;  // priority, index of the left symbol
        uint32_t length;
        int32_t id;
        bool operator>(const Pair& other) const noexcept { return key > other.key; }
    };

    template <class JoinOf>
    void consider(uint32_t left, uint32_t right, const JoinOf& join, bool heaped) {
        if (left >= symbols_.size() || right >= symbols_.size()) return;
        const Symbol &a = symbols_[left], &b = symbols_[right];
        const Join joined = join(a, b);
        if (joined.id < 0) return;
        heap_.push_back({uint64_t{joined.priority} << 32 | left, a.length + b.length, joined.id});
        if (heaped) std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
    }

    std::vector<Symbol> symbols_;
    std::vector<Pair> heap_;
};

// Bytes of the character at a place, by its lead byte alone.
inline uint32_t lead_length(char lead, size_t available) noexcept {
    const auto byte = static_cast<uint8_t>(lead);
    const uint32_t length = byte < 0xC0 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
    return available < length ? static_cast<uint32_t>(available) : length;
}

}  // namespace dlgo
