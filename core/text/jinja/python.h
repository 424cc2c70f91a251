// Python's semantics of values: str(), repr(), ==, <, numbers and their text.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/jinja/value.h"

namespace dlgo::jinja {

Text to_text(const Value& value);          // str(); of Undefined nothing
std::string repr(const Value& value);
std::string string_repr(std::string_view text);
std::string float_repr(double value);

bool equal(const Value& a, const Value& b);
bool less(const Value& a, const Value& b, const char* op = "<");  // TypeError where Python has no order
bool contains(const Value& container, const Value& item);          // `in`
void check_hashable(const Value& key);

std::optional<int64_t> parse_int(std::string_view text, int base);
std::optional<double> parse_float(std::string_view text);

// Takes all items: of sequences, dicts (their keys), strings (their characters). "'int' object is not iterable".
std::vector<Value> iterate(const Value& value);
size_t length(const Value& value);

}  // namespace dlgo::jinja
