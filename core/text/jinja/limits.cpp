#include "core/text/jinja/limits.h"

#include "core/text/jinja/error.h"

namespace dlgo::jinja {

static thread_local Meter* current = nullptr;

Meter::Meter() : outer_(current) { current = this; }
Meter::~Meter() { current = outer_; }

void charge_steps(uint64_t n) {
    if (!current) return;
    current->steps += n;
    if (current->steps > kMaxSteps) throw LimitExceeded("it does not end within " + std::to_string(kMaxSteps) + " steps");
}

void charge_text(uint64_t bytes) {
    if (bytes > kMaxStringBytes) throw LimitExceeded("a string gets longer than " + std::to_string(kMaxStringBytes) + " bytes");
    if (!current) return;
    current->text_bytes += bytes;
    if (current->text_bytes > kMaxTextBytes) throw LimitExceeded("its strings need more than " + std::to_string(kMaxTextBytes) + " bytes");
}

void check_depth(uint32_t depth) {
    if (depth > kMaxValueDepth) throw LimitExceeded("values are nested more than " + std::to_string(kMaxValueDepth) + " levels deep");
}

CallDepth::CallDepth() {
    if (!current) return;
    if (current->calls >= kMaxCallDepth) throw LimitExceeded("it nests more than " + std::to_string(kMaxCallDepth) + " levels deep");
    ++current->calls;
}

CallDepth::~CallDepth() {
    if (current) --current->calls;
}

}  // namespace dlgo::jinja
