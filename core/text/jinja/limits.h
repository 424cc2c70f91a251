// Bounds that no real chat template comes near; a hostile one must not stop the process.
#pragma once
#include <cstddef>
#include <cstdint>

namespace dlgo::jinja {

constexpr uint32_t kMaxSourceDepth = 300;       // of nested tags and expressions
constexpr uint32_t kMaxTreeHeight = 1000;       // of an expression
constexpr uint32_t kMaxCallDepth = 1500;        // of nodes that are being evaluated
constexpr uint32_t kMaxValueDepth = 200;        // of nested lists and dicts
constexpr uint64_t kMaxSteps = 20'000'000;      // nodes evaluated, items visited
constexpr uint64_t kMaxTextBytes = 1ull << 29;  // of all strings made while rendering
constexpr size_t kMaxStringBytes = 1u << 26;    // of one string

// What the rendering on this thread has used. Meter is on the stack of render().
class Meter {
public:
    Meter();
    ~Meter();
    Meter(const Meter&) = delete;
    Meter& operator=(const Meter&) = delete;

    uint64_t steps = 0, text_bytes = 0;
    uint32_t calls = 0;

private:
    Meter* outer_;
};

// Count and throw LimitExceeded. Without a Meter they do nothing.
void charge_steps(uint64_t n);
void charge_text(uint64_t bytes);
void check_depth(uint32_t depth);  // of values

// One more node inside another, in macros and recursive loops too.
class CallDepth {
public:
    CallDepth();
    ~CallDepth();
    CallDepth(const CallDepth&) = delete;
    CallDepth& operator=(const CallDepth&) = delete;
};

}  // namespace dlgo::jinja
