#include "core/sample/schema/merge.h"

#include <algorithm>

#include "core/base/error.h"

namespace dlgo {

static constexpr int kMaxMerges = 100;

const SchemaJson& resolve_reference(const SchemaJson& document, const SchemaJson& reference, const std::string& path) {
    if (!reference.is_string()) fail(DLGO_ERROR_INVALID_ARGUMENT, "json_schema: $ref at %s is not a string", path.c_str());
    const std::string text = reference.get<std::string>();
    if (text.empty() || text[0] != '#') fail(DLGO_ERROR_UNSUPPORTED, "json_schema: $ref at %s leads out of the schema: %s", path.c_str(), text.c_str());
    try {
        std::string pointer;
        for (size_t i = 1; i < text.size(); ++i) {
            if (text[i] == '%' && i + 2 < text.size()) {
                pointer += static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16));
                i += 2;
            } else {
                pointer += text[i];
            }
        }
        return document.at(SchemaJson::json_pointer(pointer));
    } catch (const std::exception&) {
        fail(DLGO_ERROR_INVALID_ARGUMENT, "json_schema: $ref at %s leads nowhere: %s", path.c_str(), text.c_str());
    }
}

namespace {

// Without $ref and allOf.
SchemaJson flat(const SchemaJson& document, const SchemaJson& schema, const std::string& path, int depth) {
    if (depth > kMaxMerges) fail(DLGO_ERROR_INVALID_ARGUMENT, "json_schema: the schema at %s contains itself", path.c_str());
    if (schema.is_boolean() && schema.get<bool>()) return SchemaJson::object();
    if (!schema.is_object()) fail(DLGO_ERROR_UNSUPPORTED, "json_schema: %s is not an object that can be merged", path.c_str());
    SchemaJson out = schema;
    out.erase("$ref");
    out.erase("allOf");
    if (schema.contains("$ref")) out = merge_schemas(document, resolve_reference(document, schema["$ref"], path), out, path, depth + 1);
    if (!schema.contains("allOf")) return out;
    if (!schema["allOf"].is_array()) fail(DLGO_ERROR_INVALID_ARGUMENT, "json_schema: allOf at %s is not an array", path.c_str());
    for (const SchemaJson& part : schema["allOf"]) out = merge_schemas(document, out, part, path, depth + 1);
    return out;
}

bool is_annotation(const std::string& key) {
    static constexpr const char* kKeys[] = {"title", "description", "default", "examples", "$comment", "$defs", "definitions", "$id", "$schema"};
    return std::any_of(std::begin(kKeys), std::end(kKeys), [&](const char* known) { return key == known; });
}

}  // namespace

SchemaJson merge_schemas(const SchemaJson& document, const SchemaJson& a, const SchemaJson& b, const std::string& path, int depth) {
    SchemaJson out = flat(document, a, path, depth);
    const SchemaJson more = flat(document, b, path, depth);
    for (const auto& [key, value] : more.items()) {
        if (!out.contains(key)) {
            out[key] = value;
        } else if (key == "properties" && value.is_object() && out[key].is_object()) {
            for (const auto& [name, schema] : value.items()) {
                const bool both = out[key].contains(name) && out[key][name] != schema;
                out[key][name] = both ? merge_schemas(document, out[key][name], schema, path + "/properties/" + name, depth + 1) : schema;
            }
        } else if (key == "required" && value.is_array()) {
            for (const SchemaJson& name : value) {
                if (std::find(out[key].begin(), out[key].end(), name) == out[key].end()) out[key].push_back(name);
            }
        } else if (!is_annotation(key) && out[key] != value) {
            fail(DLGO_ERROR_UNSUPPORTED, "json_schema: %s has two values for %s", path.c_str(), key.c_str());
        }
    }
    return out;
}

}  // namespace dlgo
