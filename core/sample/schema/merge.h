// Schemas that hold together: references and allOf.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

namespace dlgo {

using SchemaJson = nlohmann::ordered_json;

// What "#..." points to. INVALID_ARGUMENT when there is nothing; UNSUPPORTED for another document.
const SchemaJson& resolve_reference(const SchemaJson& document, const SchemaJson& reference, const std::string& path);

// One schema that says what both say, allOf and $ref of both included. UNSUPPORTED where they say different things.
SchemaJson merge_schemas(const SchemaJson& document, const SchemaJson& a, const SchemaJson& b, const std::string& path, int depth = 0);

}  // namespace dlgo
