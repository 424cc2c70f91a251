#include "core/sample/json_schema.h"

#include "core/base/error.h"

namespace dlgo {

std::string gbnf_from_json_schema(std::string_view) { fail(DLGO_ERROR_UNSUPPORTED, "json_schema"); }

}  // namespace dlgo
