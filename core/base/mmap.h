// Read-only bytes of a file: mapped, or read into memory of their own.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace dlgo {

// Movable owner of a page-aligned region. All constructors throw IO for what cannot be opened or read (the message names the
// path and the system's reason) and OUT_OF_MEMORY naming the bytes.
class FileBytes {
public:
    static FileBytes map(const std::string& path);
    // progress gets the fraction read; true = stop (CANCELLED).
    static FileBytes read(const std::string& path, const std::function<bool(float)>& progress = {});
    static FileBytes copy(const void* data, size_t size);

    FileBytes() = default;
    FileBytes(FileBytes&& other) noexcept;
    FileBytes& operator=(FileBytes&& other) noexcept;
    ~FileBytes();

    const uint8_t* data() const noexcept { return data_; }
    size_t size() const noexcept { return size_; }

    // Those of them that are pages of a mapped file are read, and there for this process without another fault, if the system can do that.
    void populate(const uint8_t* begin, size_t bytes) const noexcept;
    // Those of them that are pages of a mapped file leave this process's memory until they are read again.
    void release(const uint8_t* begin, size_t bytes) const noexcept;

private:
    // Whole pages of a mapped file among them; nothing for other memory.
    std::span<uint8_t> mapped_pages(const uint8_t* begin, size_t bytes) const noexcept;
    static FileBytes allocate(size_t size, const std::string& what);
    uint8_t* data_ = nullptr;  // nullptr when empty
    size_t size_ = 0;
    bool mapped_ = false;
};

// A whole small file.
std::string read_file(const std::string& path);

}  // namespace dlgo
