// What can go wrong while a template runs. ChatTemplate turns these into statuses.
#pragma once
#include <stdexcept>
#include <string>

namespace dlgo::jinja {

// An error of the running template, with Python's message.
struct RuntimeError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// raise_exception() was called: the template refuses its input.
struct Refusal : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// The template wants more time, memory or depth than a chat template needs.
struct LimitExceeded : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// The source is not a template.
struct SyntaxError : std::runtime_error {
    SyntaxError(size_t line, const std::string& message) : std::runtime_error(message), line(line) {}
    size_t line;
};

[[noreturn]] inline void runtime_error(const std::string& message) { throw RuntimeError(message); }
[[noreturn]] inline void type_error(const std::string& message) { throw RuntimeError(std::string("TypeError: ").append(message)); }
[[noreturn]] inline void value_error(const std::string& message) { throw RuntimeError(std::string("ValueError: ").append(message)); }

}  // namespace dlgo::jinja
