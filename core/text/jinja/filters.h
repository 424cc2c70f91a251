// The functions that templates can use.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "core/text/jinja/value.h"

namespace dlgo::jinja {

// The value, then the arguments as written.
using FilterFunction = Value (*)(const Value& value, Arguments& arguments);
using TestFunction = bool (*)(const Value& value, Arguments& arguments);

// nullptr: unknown.
FilterFunction find_filter(std::string_view name);
TestFunction find_test(std::string_view name);

// range, dict, namespace, cycler, joiner, raise_exception, strftime_now.
const Value* find_global(std::string_view name);

// A method of a string, list or dict; nullopt: there is no such attribute. What jinja2's sandbox forbids is Undefined.
std::optional<Value> find_method(const Value& object, std::string_view name);

struct FilterEntry {
    std::string_view name;
    FilterFunction function;
};
// Tables of the rooms below.
std::vector<FilterEntry> text_filters();
std::vector<FilterEntry> list_filters();
std::vector<FilterEntry> value_filters();

// Python's % and str.format().
Text format_percent(const Text& format, const Value& arguments);
Text format_braces(const Text& format, Arguments& arguments);

Text escape_html(const Text& text);

// As json.dumps(). INVALID types give a TypeError.
struct JsonStyle {
    bool ascii = false, sort_keys = false, indented = false;
    std::string indent, item_separator = ", ", key_separator = ": ";
};
Text to_json(const Value& value, const JsonStyle& style);

// Shared by filters, tests and operators.
Value get_attribute(const Value& object, std::string_view name);
Value get_item(const Value& object, const Value& key);
Value add(const Value& a, const Value& b);
Value binary(std::string_view op, const Value& a, const Value& b);
bool compare(std::string_view op, const Value& a, const Value& b);
Value call_value(const Value& callee, Arguments arguments);

}  // namespace dlgo::jinja
