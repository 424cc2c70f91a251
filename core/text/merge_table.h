// The merges of byte pair encoding: what two symbols become, and how early. Symbols are tokens, then spellings that only
// merges have.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/text/merge_list.h"

namespace dlgo {

struct Vocab;

class MergeTable {
public:
    // merges: "left right", in the order of their ranks.
    MergeTable(const Vocab& vocab, const std::vector<std::string_view>& merges);

    Join find(int32_t left, int32_t right) const noexcept {
        const uint64_t key = key_of(left, right);
        for (size_t at = place(key);; at = (at + 1) & (slots_.size() - 1)) {
            const Slot& slot = slots_[at];
            if (slot.key == key) return {slot.id, slot.rank};
            if (slot.key == kEmpty) return {};
        }
    }

    // The symbol with this spelling; -1: neither a token nor in a merge.
    int32_t symbol(std::string_view text) const;

private:
    static constexpr uint64_t kEmpty = ~uint64_t{0};
    struct Slot {
        uint64_t key = kEmpty;
        int32_t id = -1;
        uint32_t rank = 0;
    };

    static uint64_t key_of(int32_t left, int32_t right) noexcept {
        return uint64_t{static_cast<uint32_t>(left)} << 32 | static_cast<uint32_t>(right);
    }
    size_t place(uint64_t key) const noexcept {
        return static_cast<size_t>((key ^ key >> 29) * 0x9E3779B97F4A7C15u >> 20) & (slots_.size() - 1);
    }
    int32_t intern(std::string_view text);

    const Vocab& vocab_;
    std::unordered_map<std::string, int32_t> extra_;
    std::vector<Slot> slots_;
};

}  // namespace dlgo
