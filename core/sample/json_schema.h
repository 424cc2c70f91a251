// From JSON Schema to the grammar of the JSON texts that it allows.
#pragma once
#include <string>
#include <string_view>

namespace dlgo {

// GBNF for parse_gbnf(). Objects have the schema's properties in its order, optional ones may be left out; "{}" allows any JSON. Between
// tokens at most one space. INVALID_ARGUMENT for what is not a schema; UNSUPPORTED, naming keyword and place, for what no grammar here says.
std::string gbnf_from_json_schema(std::string_view schema);

}  // namespace dlgo
