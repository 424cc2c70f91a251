// A hash table from (set, byte) to set, with open addressing: it is asked once per byte of a vocabulary.
#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace dlgo {

class TransitionTable {
public:
    TransitionTable() { clear(); }

    // nullptr if missing; valid until the next insert.
    const uint32_t* find(uint32_t set, uint8_t byte) const noexcept {
        const Slot& slot = slots_[place(slots_, key_of(set, byte))];
        return slot.key == kEmpty ? nullptr : &slot.value;
    }

    // The pair must be missing.
    void insert(uint32_t set, uint8_t byte, uint32_t value) {
        if (size_ * 2 >= slots_.size()) grow();
        const uint64_t key = key_of(set, byte);
        slots_[place(slots_, key)] = {key, value};
        ++size_;
    }

    void clear() {
        slots_.assign(kMinSlots, {kEmpty, 0});
        size_ = 0;
    }

    size_t size() const noexcept { return size_; }

private:
    static constexpr size_t kMinSlots = 1024;
    static constexpr uint64_t kEmpty = UINT64_MAX;
    struct Slot {
        uint64_t key;
        uint32_t value;
    };

    static uint64_t key_of(uint32_t set, uint8_t byte) noexcept { return uint64_t{set} << 8 | byte; }

    // Where the key is or belongs.
    static size_t place(const std::vector<Slot>& slots, uint64_t key) noexcept {
        size_t at = (key * 0x9E3779B97F4A7C15u >> 32) & (slots.size() - 1);
        while (slots[at].key != kEmpty && slots[at].key != key) at = (at + 1) & (slots.size() - 1);
        return at;
    }

    void grow() {
        std::vector<Slot> larger(slots_.size() * 2, {kEmpty, 0});
        for (const Slot& slot : slots_) {
            if (slot.key != kEmpty) larger[place(larger, slot.key)] = slot;
        }
        slots_.swap(larger);
    }

    std::vector<Slot> slots_;
    size_t size_ = 0;
};

}  // namespace dlgo
