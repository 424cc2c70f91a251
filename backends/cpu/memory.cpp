#include "backends/cpu/memory.h"

#include <sys/mman.h>

#include <utility>

#include "core/base/error.h"

namespace dlgo::cpu {

Memory::Memory(uint64_t bytes, const char* purpose) : size_(bytes) {
    if (bytes == 0) return;
    void* p = bytes > SIZE_MAX / 2 ? MAP_FAILED
                                   : mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) {
        fail(DLGO_ERROR_OUT_OF_MEMORY, "%llu bytes for %s could not be allocated", static_cast<unsigned long long>(bytes), purpose);
    }
    data_ = static_cast<std::byte*>(p);
}

Memory Memory::large_pages(uint64_t bytes, const char* purpose) {
    Memory memory(bytes, purpose);
    if (bytes > 0) madvise(memory.data_, bytes, MADV_HUGEPAGE);
    return memory;
}

Memory::~Memory() {
    if (data_) munmap(data_, size_);
}

Memory::Memory(Memory&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Memory& Memory::operator=(Memory&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
}

}  // namespace dlgo::cpu
