// Filters of single values: numbers, defaults, JSON.
#include <cmath>

#include "core/base/error.h"
#include "core/text/jinja/arguments.h"
#include "core/text/jinja/filters.h"
#include "core/text/jinja/limits.h"
#include "core/text/jinja/python.h"

namespace dlgo::jinja {

namespace {

Value default_value(const Value& value, Arguments& a) {
    const Parameters p("default", a, {"default_value", "boolean"});
    const bool use = value.is_undefined() || (p.flag(1) && !value.truth());
    return use ? p.get(0, Value(Text())) : value;
}

std::optional<int64_t> to_integer(double value) {
    if (!(std::fabs(value) < 9.2e18)) return std::nullopt;
    return static_cast<int64_t>(value);
}

Value int_filter(const Value& value, Arguments& a) {
    const Parameters p("int", a, {"default", "base"});
    if (value.is_undefined()) runtime_error(*value.undefined().message);
    std::optional<int64_t> out;
    if (value.is_string()) {
        out = parse_int(value.string(), static_cast<int>(p.integer(1, 10)));
        if (!out) {
            if (const auto number = parse_float(value.string())) {
                if (std::isinf(*number)) throw RuntimeError("OverflowError: cannot convert float infinity to integer");
                out = to_integer(*number);
            }
        }
    } else if (value.is_number()) {
        if (value.is(Value::Kind::Float) && std::isinf(value.number())) throw RuntimeError("OverflowError: cannot convert float infinity to integer");
        out = value.is_integer() ? value.integer() : to_integer(value.number());
    }
    return out ? Value(*out, value.trusted()) : p.get(0, Value(int64_t{0}, true));
}

Value float_filter(const Value& value, Arguments& a) {
    const Parameters p("float", a, {"default"});
    if (value.is_undefined()) runtime_error(*value.undefined().message);
    std::optional<double> out;
    if (value.is_string()) out = parse_float(value.string());
    if (value.is_number()) out = value.number();
    return out ? Value(*out, value.trusted()) : p.get(0, Value(0.0, true));
}

const Value& number(const Value& value, const char* function) {
    if (value.is_undefined()) runtime_error(*value.undefined().message);
    if (!value.is_number()) type_error("bad operand type for " + std::string(function) + "(): '" + type_name(value) + "'");
    return value;
}

Value abs_filter(const Value& value, Arguments&) {
    if (number(value, "abs").is_integer()) {
        return value.integer() < 0 ? binary("-", Value(int64_t{0}, true), value) : Value(value.integer(), value.trusted());
    }
    return Value(std::fabs(value.number()), value.trusted());
}

// Python rounds the exact decimal value, ties to even, as printf does.
double round_to(double value, int64_t digits) {
    if (!std::isfinite(value) || digits > 330) return value;
    if (digits >= 0) return std::stod(strf("%.*f", static_cast<int>(digits), value));
    if (digits < -330) return std::copysign(0.0, value);
    const double scale = std::pow(10.0, static_cast<double>(-digits));
    return std::nearbyint(value / scale) * scale;
}

Value round_filter(const Value& value, Arguments& a) {
    const Parameters p("round", a, {"precision", "method"});
    const int64_t precision = p.integer(0, 0);
    const std::string method = p.has(1) ? p.text(1).bytes() : "common";
    if (method != "common" && method != "ceil" && method != "floor") runtime_error("method must be common, ceil or floor");
    number(value, "round");
    if (method == "common") {
        if (!value.is_integer()) return Value(round_to(value.number(), precision), value.trusted());
        if (precision >= 0) return Value(value.integer(), value.trusted());
        const double rounded = round_to(value.number(), precision);
        return Value(static_cast<int64_t>(rounded), value.trusted());
    }
    const double scale = std::pow(10.0, static_cast<double>(precision));
    const double scaled = value.number() * scale;
    return Value((method == "ceil" ? std::ceil(scaled) : std::floor(scaled)) / scale, value.trusted());
}

Value tojson(const Value& value, Arguments& a) {
    const Parameters p("tojson", a, {"ensure_ascii", "indent", "separators", "sort_keys"});
    JsonStyle style;
    style.ascii = p.flag(0);
    style.sort_keys = p.flag(3);
    if (p.has(1) && !p[1].is_none()) {
        style.indented = true;
        style.item_separator.resize(1);  // no space
        if (p[1].is_string()) {
            style.indent = p.text(1).bytes();
        } else {
            const int64_t n = p.integer(1);
            charge_text(static_cast<uint64_t>(std::max<int64_t>(n, 0)));
            style.indent.assign(static_cast<size_t>(std::max<int64_t>(n, 0)), ' ');
        }
    }
    if (p.has(2) && !p[2].is_none()) {
        const std::vector<Value> separators = iterate(p[2]);
        if (separators.size() != 2) value_error("separators must be a pair");
        style.item_separator = to_text(separators[0]).bytes();
        style.key_separator = to_text(separators[1]).bytes();
    }
    return to_json(value, style);
}

Value attr(const Value& value, Arguments& a) {
    const Text name = to_text(Parameters("attr", a, {"name"})[0]);
    if (value.is_undefined()) runtime_error(*value.undefined().message);
    if (value.is(Value::Kind::Dict)) {
        auto found = find_method(value, name.bytes());
        return found ? *found : make_undefined("'dict object' has no attribute " + string_repr(name.bytes()));
    }
    return get_attribute(value, name.bytes());
}

Value filesizeformat(const Value& value, Arguments& a) {
    const Parameters p("filesizeformat", a, {"binary"});
    const bool binary = p.flag(0);
    if (value.is_string() && !parse_float(value.string())) value_error("could not convert string to float: " + repr(value));
    if (!value.is_string()) number(value, "float");
    Arguments none;
    const double bytes = float_filter(value, none).number(), base = binary ? 1024 : 1000;
    if (bytes == 1) return Value(std::string("1 Byte"), value.trusted());
    if (bytes < base) return Value(strf("%lld Bytes", static_cast<long long>(bytes)), value.trusted());
    const char prefixes[] = "kMGTPEZY";
    double unit = base;
    int i = 0;
    for (; i < 7 && bytes >= unit * base; ++i) unit *= base;
    const char prefix = binary && i == 0 ? 'K' : prefixes[i];
    return Value(strf("%.1f %c%s", bytes / unit, prefix, binary ? "iB" : "B"), value.trusted());
}

}  // namespace

std::vector<FilterEntry> value_filters() {
    return {
        {"default", default_value}, {"d", default_value}, {"int", int_filter}, {"float", float_filter}, {"abs", abs_filter},
        {"round", round_filter},    {"tojson", tojson},   {"attr", attr},      {"filesizeformat", filesizeformat},
    };
}

}  // namespace dlgo::jinja
