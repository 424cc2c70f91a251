// Keys and values of one layer: [head][entry][dim], heads' values padded so that kernels need no tails. Position p is entry
// p % capacity.
#pragma once
#include <algorithm>

#include "backends/backend.h"
#include "backends/cpu/memory.h"
#include "backends/cpu/op_kernels.h"

namespace dlgo::cpu {

class KvCache {
public:
    KvCache(const StateSpec& state, const SessionSpec& spec);
    static uint64_t bytes(const StateSpec& state, const SessionSpec& spec) noexcept;

    bool f16() const noexcept { return value_bytes_ == 2; }
    uint32_t k_stride() const noexcept { return k_stride_; }
    uint32_t v_stride() const noexcept { return v_stride_; }
    uint32_t capacity() const noexcept { return capacity_; }

    std::byte* k(uint32_t head, uint32_t position) const noexcept { return at(k_, k_stride_, head, position); }
    std::byte* v(uint32_t head, uint32_t position) const noexcept { return at(v_, v_stride_, head, position); }

    // Calls visit(KvRun) for the pieces of positions [begin, end) that lie together. v_in_k: values are the keys' first part.
    template <typename Visit>
    void runs(uint32_t head, uint32_t begin, uint32_t end, bool v_in_k, const Visit& visit) const {
        while (begin < end) {
            const uint32_t n = std::min(end - begin, capacity_ - begin % capacity_);
            visit(KvRun{k(head, begin), v_in_k ? k(head, begin) : v(head, begin), begin, n});
            begin += n;
        }
    }

    // In the layout of DeviceSession::read_state.
    void read(uint32_t begin, uint32_t end, std::byte* out) const noexcept;
    void write(uint32_t begin, uint32_t end, const std::byte* in) noexcept;

private:
    std::byte* at(const Memory& memory, uint32_t stride, uint32_t head, uint32_t position) const noexcept {
        return memory.data() + (size_t{head} * capacity_ + position % capacity_) * stride * value_bytes_;
    }
    template <typename Move>
    void each_entry(uint32_t begin, uint32_t end, const Move& move) const noexcept;

    uint32_t n_head_, k_dim_, v_dim_, k_stride_, v_stride_, capacity_;
    size_t value_bytes_;
    Memory k_, v_;
};

}  // namespace dlgo::cpu
