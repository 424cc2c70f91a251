// Bounds-checked cursor over the header of one GGUF file.
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "core/base/error.h"

namespace dlgo {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "GGUF files are read in place");

// Text of a file made fit for a message: quoted, at most 80 bytes, anything unusual escaped.
std::string quoted(std::string_view text);

class GgufReader {
public:
    GgufReader(const uint8_t* data, uint64_t size, std::string file) : data_(data), size_(size), file_(std::move(file)) {}

    // What is being read, for messages: "key 'general.name'".
    void set_item(std::string item) { item_ = std::move(item); }

    uint64_t at() const noexcept { return at_; }
    uint64_t size() const noexcept { return size_; }
    uint64_t remaining() const noexcept { return size_ - at_; }

    template <class T>
    T number(const char* what) {
        need(sizeof(T), what);
        T value;
        std::memcpy(&value, data_ + at_, sizeof(T));
        at_ += sizeof(T);
        return value;
    }

    // Length and bytes, not checked further; a view into the file.
    std::string_view string(const char* what);

    // A key or a tensor name: valid UTF-8 of 1 to max bytes without NUL.
    std::string_view name(const char* what, uint64_t max);

    // A number of things that take at least min_bytes each.
    uint64_t count(const char* what, uint64_t min_bytes);

    // FORMAT: "FILE: ITEM: expected ..., found ...".
    [[noreturn]] void violation(const std::string& message) const;
    [[noreturn]] void unsupported(const std::string& message) const;

private:
    void need(uint64_t n, const char* what) const;

    const uint8_t* data_;
    uint64_t size_;
    uint64_t at_ = 0;
    std::string file_, item_ = "header";
};

}  // namespace dlgo
