// JSON values as values of a template: data, never trusted.
#pragma once
#include <string_view>

#include "core/text/jinja/value.h"

namespace dlgo::jinja {

// INVALID_ARGUMENT that names `what` when text is not JSON.
Value value_from_json(std::string_view text, const char* what);

}  // namespace dlgo::jinja
