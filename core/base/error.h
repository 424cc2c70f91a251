// Errors inside the library are exceptions of one type; core/api turns them into dlgo_status.
#pragma once
#include <stdexcept>
#include <string>

#include "include/dlgo.h"

namespace dlgo {

class Error : public std::runtime_error {
public:
    Error(dlgo_status code, const std::string& message) : std::runtime_error(message), code_(code) {}
    dlgo_status code() const noexcept { return code_; }

private:
    dlgo_status code_;
};

// printf-style formatting into a string.
std::string strf(const char* format, ...) __attribute__((format(printf, 1, 2)));

// Throws Error with a formatted message.
[[noreturn]] void fail(dlgo_status code, const char* format, ...) __attribute__((format(printf, 2, 3)));

}  // namespace dlgo
