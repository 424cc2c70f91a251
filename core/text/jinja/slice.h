#pragma once
#include <optional>

#include "core/text/jinja/value.h"

namespace dlgo::jinja {

// object[start:stop:step]; TypeError for what cannot be sliced.
Value slice_of(const Value& object, std::optional<int64_t> start, std::optional<int64_t> stop, std::optional<int64_t> step);

}  // namespace dlgo::jinja
