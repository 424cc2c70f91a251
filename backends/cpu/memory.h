// Zeroed memory that takes room only where it is touched.
#pragma once
#include <cstddef>
#include <cstdint>

namespace dlgo::cpu {

class Memory {
public:
    Memory() = default;
    // Throws OUT_OF_MEMORY with the bytes and what they are for.
    Memory(uint64_t bytes, const char* purpose);
    // The same in pages of 2 MB, if the system has them: for what is read from end to end.
    static Memory large_pages(uint64_t bytes, const char* purpose);
    ~Memory();
    Memory(Memory&& other) noexcept;
    Memory& operator=(Memory&& other) noexcept;

    std::byte* data() const noexcept { return data_; }  // page-aligned
    uint64_t size() const noexcept { return size_; }

private:
    std::byte* data_ = nullptr;
    uint64_t size_ = 0;
};

}  // namespace dlgo::cpu
