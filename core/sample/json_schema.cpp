#include "core/sample/json_schema.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "core/base/error.h"
#include "core/sample/schema/merge.h"
#include "core/sample/schema/rules.h"

namespace dlgo {

namespace {

using Json = SchemaJson;

constexpr int kMaxDepth = 100;
constexpr size_t kMaxRules = 20000;

constexpr const char* kAnnotations[] = {"title",    "description", "default", "examples",  "$comment",    "$schema", "$id",
                                        "$anchor",  "$defs",       "definitions", "deprecated", "readOnly", "writeOnly"};
constexpr std::pair<const char*, const char*> kKeywords[] = {
    {"properties", "object"}, {"required", "object"}, {"additionalProperties", "object"}, {"items", "array"},    {"prefixItems", "array"},
    {"minItems", "array"},    {"maxItems", "array"},  {"minLength", "string"},            {"maxLength", "string"}, {"pattern", "string"},
    {"format", "string"},     {"minimum", "integer"}, {"maximum", "integer"},             {"exclusiveMinimum", "integer"},
    {"exclusiveMaximum", "integer"}};

class Converter {
public:
    explicit Converter(const Json& document) : document_(document) {}
    std::string convert() { return grammar_.str(visit(document_, "#", 0)); }

private:
    [[noreturn]] void invalid(const std::string& path, const std::string& what) const {
        fail(DLGO_ERROR_INVALID_ARGUMENT, "json_schema: %s: %s", path.c_str(), what.c_str());
    }
    [[noreturn]] void unsupported(const std::string& path, const std::string& keyword) const {
        fail(DLGO_ERROR_UNSUPPORTED, "json_schema: '%s' at %s is not supported", keyword.c_str(), path.c_str());
    }

    std::string visit(const Json& schema, const std::string& path, int depth);
    std::string reference(const Json& schema, const std::string& path, int depth);
    std::string alternatives(const Json& schema, const char* keyword, const std::string& path, int depth);
    std::string values(const Json& schema, const std::string& path);
    std::vector<std::string> types(const Json& schema, const std::string& path) const;
    std::string of_type(const std::string& type, const Json& schema, const std::string& path, int depth);
    std::string object(const Json& schema, const std::string& path, int depth);
    std::string other_keys(const Json& properties);
    std::string array(const Json& schema, const std::string& path, int depth);
    std::string string(const Json& schema, const std::string& path);
    std::string integer(const Json& schema, const std::string& path);
    std::optional<uint64_t> size(const Json& schema, const char* keyword, const std::string& path) const;
    std::string rule(const std::string& name, const std::string& body);
    const std::string& ws() { return ws_ = grammar_.builtin("ws"); }

    const Json& document_;
    GrammarText grammar_;
    std::map<std::string, std::string> references_;
    std::string ws_;
};

std::string Converter::rule(const std::string& name, const std::string& body) {
    if (grammar_.size() > kMaxRules) fail(DLGO_ERROR_UNSUPPORTED, "json_schema: the schema is too large");
    return grammar_.add(name, body);
}

void check_keywords(const Json& schema, const std::string& path) {
    static constexpr const char* kGeneral[] = {"type", "enum", "const", "anyOf", "oneOf", "allOf", "$ref"};
    for (const auto& [key, value] : schema.items()) {
        const auto is = [&key = key](const char* known) { return key == known; };
        const bool known = std::any_of(std::begin(kAnnotations), std::end(kAnnotations), is) ||
                           std::any_of(std::begin(kGeneral), std::end(kGeneral), is) ||
                           std::any_of(std::begin(kKeywords), std::end(kKeywords), [&](const auto& k) { return is(k.first); });
        if (!known) fail(DLGO_ERROR_UNSUPPORTED, "json_schema: '%s' at %s is not supported", key.c_str(), path.c_str());
    }
}

std::string Converter::visit(const Json& schema, const std::string& path, int depth) {
    if (depth > kMaxDepth) fail(DLGO_ERROR_UNSUPPORTED, "json_schema: %s is nested too deeply", path.c_str());
    if (schema.is_boolean()) {
        if (!schema.get<bool>()) unsupported(path, "false");
        return grammar_.builtin("value");
    }
    if (!schema.is_object()) invalid(path, "a schema is an object or a boolean");
    check_keywords(schema, path);
    if (schema.contains("$ref")) return reference(schema, path, depth);
    if (schema.contains("allOf")) return visit(merge_schemas(document_, schema, Json::object(), path), path, depth + 1);
    if (schema.contains("anyOf")) return alternatives(schema, "anyOf", path, depth);
    if (schema.contains("oneOf")) return alternatives(schema, "oneOf", path, depth);
    if (schema.contains("const") || schema.contains("enum")) return values(schema, path);
    std::vector<std::string> options;
    for (const std::string& type : types(schema, path)) options.push_back(of_type(type, schema, path, depth));
    return gbnf_choice(options);
}

std::string Converter::reference(const Json& schema, const std::string& path, int depth) {
    const bool alone = std::all_of(schema.items().begin(), schema.items().end(), [](const auto& item) {
        return item.key() == "$ref" || std::any_of(std::begin(kAnnotations), std::end(kAnnotations), [&](const char* a) { return item.key() == a; });
    });
    if (!alone) return visit(merge_schemas(document_, schema, Json::object(), path), path, depth + 1);
    const Json* target = &schema;
    std::string name;
    for (int hops = 0; target->is_object() && target->contains("$ref") && (target == &schema || target->size() == 1); ++hops) {
        if (hops > kMaxDepth) invalid(path, "$ref leads back to itself");
        name = target->at("$ref").is_string() ? target->at("$ref").get<std::string>() : "";
        target = &resolve_reference(document_, target->at("$ref"), path);
    }
    const auto [known, added] = references_.emplace(name, "");
    if (!added) return known->second;
    const std::string rule_name = known->second = grammar_.reserve(name.substr(name.find_last_of("/#") + 1));
    grammar_.define(rule_name, visit(*target, name, depth + 1));
    return rule_name;
}

std::string Converter::alternatives(const Json& schema, const char* keyword, const std::string& path, int depth) {
    const Json& list = schema.at(keyword);
    if (!list.is_array() || list.empty()) invalid(path, std::string(keyword) + " is an array of schemas");
    Json rest = schema;
    rest.erase(keyword);
    for (const char* key : kAnnotations) rest.erase(key);
    std::vector<std::string> options;
    for (size_t i = 0; i < list.size(); ++i) {
        const std::string at = path + "/" + keyword + "/" + std::to_string(i);
        options.push_back(visit(rest.empty() ? list[i] : merge_schemas(document_, rest, list[i], at), at, depth + 1));
    }
    return gbnf_choice(options);
}

const char* type_of(const Json& value) {
    switch (value.type()) {
        case Json::value_t::object: return "object";
        case Json::value_t::array: return "array";
        case Json::value_t::string: return "string";
        case Json::value_t::boolean: return "boolean";
        case Json::value_t::null: return "null";
        case Json::value_t::number_float: return value.get<double>() == std::floor(value.get<double>()) ? "integer" : "number";
        default: return "integer";
    }
}

std::string Converter::values(const Json& schema, const std::string& path) {
    std::vector<std::string> allowed = schema.contains("type") ? types(schema, path) : std::vector<std::string>();
    const auto fits = [&](const Json& value) {
        const std::string type = type_of(value);
        const auto has = [&](const char* t) { return std::find(allowed.begin(), allowed.end(), t) != allowed.end(); };
        return allowed.empty() || has(type.c_str()) || (type == "integer" && has("number"));
    };
    Json list = Json::array();
    if (schema.contains("enum")) {
        if (!schema["enum"].is_array() || schema["enum"].empty()) invalid(path, "enum is an array of values");
        list = schema["enum"];
    }
    if (schema.contains("const")) {
        if (!list.empty() && std::find(list.begin(), list.end(), schema["const"]) == list.end()) invalid(path, "const is not among the values of enum");
        list = Json::array({schema["const"]});
    }
    for (const auto& [key, type] : kKeywords) {
        if (schema.contains(key)) unsupported(path, key);
    }
    std::vector<std::string> options;
    for (const Json& value : list) {
        if (fits(value)) options.push_back(gbnf_literal(value.dump()));
    }
    if (options.empty()) invalid(path, "no value has the right type");
    return gbnf_choice(options);
}

std::vector<std::string> Converter::types(const Json& schema, const std::string& path) const {
    static const std::set<std::string> known = {"object", "array", "string", "number", "integer", "boolean", "null"};
    std::vector<std::string> out;
    const auto add = [&](const Json& type) {
        if (!type.is_string() || !known.contains(type.get<std::string>())) invalid(path, "type " + type.dump() + " is unknown");
        out.push_back(type.get<std::string>());
    };
    if (!schema.contains("type")) {
        // Keywords of one type mean that type.
        for (const auto& [key, type] : kKeywords) {
            if (!schema.contains(key)) continue;
            if (!out.empty() && out[0] != type) unsupported(path, std::string(key) + " without type");
            out = {type};
        }
        return out.empty() ? std::vector<std::string>{"value"} : out;
    }
    const Json& type = schema.at("type");
    if (!type.is_array()) {
        add(type);
    } else {
        for (const Json& one : type) add(one);
    }
    if (out.empty()) invalid(path, "type is empty");
    return out;
}

std::string Converter::of_type(const std::string& type, const Json& schema, const std::string& path, int depth) {
    if (type == "object") return object(schema, path, depth);
    if (type == "array") return array(schema, path, depth);
    if (type == "string") return string(schema, path);
    if (type == "integer") return integer(schema, path);
    if (type == "number") {
        for (const char* key : {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}) {
            if (schema.contains(key)) unsupported(path, std::string(key) + "' of type 'number");
        }
    }
    return grammar_.builtin(type);
}

std::string Converter::object(const Json& schema, const std::string& path, int depth) {
    const Json properties = schema.value("properties", Json::object());
    if (!properties.is_object()) invalid(path, "properties is an object");
    const Json required = schema.value("required", Json::array());
    if (!required.is_array()) invalid(path, "required is an array of names");
    const bool closed = !properties.empty();
    const Json additional = schema.contains("additionalProperties") ? schema["additionalProperties"] : Json(!closed);
    const bool open = !(additional.is_boolean() && !additional.get<bool>());

    struct Member {
        std::string text;
        bool required;
    };
    std::vector<Member> members;
    const std::string& space = ws();
    const auto member = [&](const std::string& key, const std::string& value) { return key + " " + space + " \":\" " + space + " " + value; };
    for (const auto& [name, value] : properties.items()) {
        const std::string at = path + "/properties/" + name;
        const std::string text = member(gbnf_literal(Json(name).dump()), visit(value, at, depth + 1));
        members.push_back({rule(name, text), std::find(required.begin(), required.end(), Json(name)) != required.end()});
    }
    std::string extra;
    if (open) extra = rule("additional", member(other_keys(properties), visit(additional, path + "/additionalProperties", depth + 1)));
    for (const Json& name : required) {
        if (!name.is_string()) invalid(path, "required is an array of names");
        if (properties.contains(name.get<std::string>())) continue;
        if (!open) invalid(path, "required property " + name.dump() + " is not allowed");
        members.push_back({rule("required", member(gbnf_literal(name.dump()), grammar_.builtin("value"))), true});
    }

    const std::string comma = space + " \",\" " + space + " ";
    // From the last to the first: what may follow once something stands before it, and what may begin.
    std::string rest = open ? rule("more", "(" + comma + extra + ")*") : "";
    std::string begin = open ? rule("first", "(" + extra + " " + rest + ")?") : "\"\"";
    for (auto m = members.rbegin(); m != members.rend(); ++m) {
        const std::string tail = rest.empty() ? "" : " " + rest;
        begin = rule("first", m->required ? m->text + tail : m->text + tail + " | " + begin);
        rest = rule("more", m->required ? comma + m->text + tail : "(" + comma + m->text + ")?" + tail);
    }
    return rule("object", "\"{\" " + space + " " + begin + " " + space + " \"}\"");
}

// Strings other than the names of properties. Those that begin like one continue without escapes.
std::string Converter::other_keys(const Json& properties) {
    if (properties.empty()) return grammar_.builtin("string");
    struct Node {
        std::map<std::string, Node> next;
        bool name = false;
    };
    Node root;
    for (const auto& [name, value] : properties.items()) {
        Node* at = &root;
        for (size_t i = 0; i < name.size();) {
            size_t n = 1;
            while (i + n < name.size() && (static_cast<uint8_t>(name[i + n]) & 0xC0) == 0x80) ++n;
            at = &at->next[name.substr(i, n)];
            i += n;
        }
        at->name = true;
    }
    grammar_.builtin("char");
    const auto body = [&](const auto& self, const Node& node, int depth) -> std::string {
        if (depth > 150) return "\"\"";
        std::string excluded;
        std::vector<std::string> options;
        for (const auto& [character, child] : node.next) {
            const uint8_t first = static_cast<uint8_t>(character[0]);
            if (first < 0x20 || first == '"' || first == '\\') continue;
            const bool special = character == "]" || character == "[" || character == "^" || character == "-";
            excluded += special ? "\\" + character : character;
            const std::string inner = self(self, child, depth + 1);
            if (!inner.empty()) options.push_back(gbnf_literal(character) + " " + rule("key", inner));
        }
        options.push_back("[^\"\\\\\\x00-\\x1F" + excluded + "] char*");
        std::string out;
        for (const std::string& option : options) out += (out.empty() ? "" : " | ") + option;
        return node.name ? out : out + " | \"\"";
    };
    return rule("other", "\"\\\"\" " + rule("key", body(body, root, 0)) + " \"\\\"\"");
}

std::optional<uint64_t> Converter::size(const Json& schema, const char* keyword, const std::string& path) const {
    if (!schema.contains(keyword)) return std::nullopt;
    const Json& value = schema.at(keyword);
    if (!value.is_number() || value.get<double>() < 0 || value.get<double>() != std::floor(value.get<double>())) {
        invalid(path, std::string(keyword) + " is a whole number, not negative");
    }
    if (value.get<double>() > 100000) unsupported(path, std::string(keyword) + "' above 100000 '");
    return value.get<uint64_t>();
}

std::string Converter::array(const Json& schema, const std::string& path, int depth) {
    const Json prefix = schema.value("prefixItems", schema.contains("items") && schema["items"].is_array() ? schema["items"] : Json::array());
    if (!prefix.is_array()) invalid(path, "prefixItems is an array of schemas");
    const Json items = schema.contains("items") && !schema["items"].is_array() ? schema["items"] : Json(true);
    const uint64_t min = size(schema, "minItems", path).value_or(0);
    std::optional<uint64_t> max = size(schema, "maxItems", path);
    if (items.is_boolean() && !items.get<bool>()) max = std::min<uint64_t>(max.value_or(prefix.size()), prefix.size());
    if (max && *max < min) invalid(path, "the most items are fewer than the least");

    const std::string& space = ws();
    const std::string comma = space + " \",\" " + space + " ";
    const size_t n = prefix.size();
    std::string more;  // items after those of the prefix, each with its comma
    std::string item;
    if (!max || *max > n) {
        item = rule("item", visit(items, path + "/items", depth + 1));
        const uint64_t used = std::max<uint64_t>(n, 1);
        more = gbnf_repeat("(" + comma + item + ")", min > used ? min - used : 0, max ? std::optional(*max - used) : std::nullopt);
    }
    // From the last of the prefix to the first.
    std::string tail = n > 0 ? more : "";
    for (size_t i = n; i-- > 0;) {
        if (max && i >= *max) continue;
        const std::string text = visit(prefix[i], path + "/prefixItems/" + std::to_string(i), depth + 1);
        const std::string here = (i > 0 ? comma : "") + rule("item", text) + (tail.empty() ? "" : " " + tail);
        tail = rule("items", i < min ? here : "(" + here + ")?");
    }
    if (n == 0 && !item.empty()) tail = rule("items", min > 0 ? item + " " + more : "(" + item + " " + more + ")?");
    return rule("array", "\"[\" " + space + " " + (tail.empty() ? "\"\"" : tail) + " " + space + " \"]\"");
}

std::string Converter::string(const Json& schema, const std::string& path) {
    const auto min = size(schema, "minLength", path), max = size(schema, "maxLength", path);
    if (min && max && *max < *min) invalid(path, "maxLength is less than minLength");
    if (schema.contains("pattern")) {
        if (!schema["pattern"].is_string()) invalid(path, "pattern is a string");
        for (const char* key : {"minLength", "maxLength", "format"}) {
            if (schema.contains(key)) unsupported(path, std::string(key) + "' together with 'pattern");
        }
        return rule("pattern", gbnf_from_pattern(schema["pattern"].get<std::string>(), grammar_.builtin("char"), "json_schema: " + path));
    }
    if (schema.contains("format")) {
        const std::string format = schema["format"].is_string() ? schema["format"].get<std::string>() : "";
        if (format != "date" && format != "time" && format != "date-time" && format != "uuid") unsupported(path, "format " + format);
        if (min || max) unsupported(path, min ? "minLength' together with 'format" : "maxLength' together with 'format");
        return rule("string", "\"\\\"\" " + grammar_.builtin(format) + " \"\\\"\"");
    }
    if (!min && !max) return grammar_.builtin("string");
    return rule("string", "\"\\\"\" " + gbnf_repeat(grammar_.builtin("char"), min.value_or(0), max) + " \"\\\"\"");
}

std::string Converter::integer(const Json& schema, const std::string& path) {
    std::optional<int64_t> low, high;
    const auto bound = [&](const char* keyword, bool upper, bool exclusive) {
        if (!schema.contains(keyword)) return;
        if (schema[keyword].is_boolean()) unsupported(path, keyword);
        if (!schema[keyword].is_number()) invalid(path, std::string(keyword) + " is a number");
        const double value = schema[keyword].get<double>();
        if (!(std::fabs(value) <= 9e18)) unsupported(path, std::string(keyword) + "' of that size '");
        int64_t limit = schema[keyword].is_number_integer() ? schema[keyword].get<int64_t>() : static_cast<int64_t>(upper ? std::floor(value) : std::ceil(value));
        const bool whole = schema[keyword].is_number_integer() || value == std::floor(value);
        if (exclusive && whole) limit += upper ? -1 : 1;
        std::optional<int64_t>& side = upper ? high : low;
        side = side ? (upper ? std::min(*side, limit) : std::max(*side, limit)) : limit;
    };
    bound("minimum", false, false);
    bound("exclusiveMinimum", false, true);
    bound("maximum", true, false);
    bound("exclusiveMaximum", true, true);
    if (!low && !high) return grammar_.builtin("integer");
    if (low && high && *low > *high) invalid(path, "maximum is less than minimum");
    return rule("integer", gbnf_integers(low, high));
}

}  // namespace

std::string gbnf_from_json_schema(std::string_view schema) {
    const auto limit = [](int depth, Json::parse_event_t, Json&) {
        if (depth > 4 * kMaxDepth) fail(DLGO_ERROR_UNSUPPORTED, "json_schema: nested too deeply");
        return true;
    };
    Json document;
    try {
        document = Json::parse(schema, limit);
    } catch (const Json::exception& error) {
        fail(DLGO_ERROR_INVALID_ARGUMENT, "json_schema is not JSON: %s", error.what());
    }
    return Converter(document).convert();
}

}  // namespace dlgo
