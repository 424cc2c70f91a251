// Arithmetic, comparison, slices, calls.
#include <cmath>

#include "core/text/jinja/error.h"
#include "core/text/jinja/filters.h"
#include "core/text/jinja/limits.h"
#include "core/text/jinja/python.h"
#include "core/text/jinja/slice.h"
#include "core/text/jinja/unicode.h"

namespace dlgo::jinja {

namespace {

[[noreturn]] void unsupported(std::string_view op, const Value& a, const Value& b) {
    for (const Value* v : {&a, &b}) {
        if (v->is_undefined()) runtime_error(*v->undefined().message);
    }
    type_error("unsupported operand type(s) for " + std::string(op) + (op == "**" ? " or pow()" : "") + ": '" + type_name(a) + "' and '" +
               type_name(b) + "'");
}

[[noreturn]] void too_large() { throw RuntimeError("OverflowError: integer result too large"); }

int64_t floor_divide(int64_t a, int64_t b) {
    const int64_t q = a / b;
    return q - (a % b != 0 && (a < 0) != (b < 0));
}

Value power(const Value& a, const Value& b, bool trusted) {
    if (a.is_integer() && b.is_integer() && b.integer() >= 0) {
        int64_t result = 1, base = a.integer(), n = b.integer();
        while (n > 0) {
            if ((n & 1) && __builtin_mul_overflow(result, base, &result)) too_large();
            n >>= 1;
            if (n > 0 && __builtin_mul_overflow(base, base, &base)) too_large();
        }
        return Value(result, trusted);
    }
    if (a.number() == 0 && b.number() < 0) throw RuntimeError("ZeroDivisionError: 0.0 cannot be raised to a negative power");
    const double result = std::pow(a.number(), b.number());
    if (std::isnan(result) && !std::isnan(a.number()) && !std::isnan(b.number())) value_error("complex results are not supported");
    if (std::isinf(result) && std::isfinite(a.number()) && std::isfinite(b.number())) throw RuntimeError("OverflowError: Result too large");
    return Value(result, trusted);
}

Value integers(std::string_view op, int64_t a, int64_t b, bool trusted) {
    int64_t result = 0;
    bool overflow = false;
    if (op == "+") overflow = __builtin_add_overflow(a, b, &result);
    if (op == "-") overflow = __builtin_sub_overflow(a, b, &result);
    if (op == "*") overflow = __builtin_mul_overflow(a, b, &result);
    if (op == "//" || op == "%") {
        if (b == 0) throw RuntimeError("ZeroDivisionError: integer division or modulo by zero");
        if (b == -1) {
            overflow = op == "//" && __builtin_sub_overflow(int64_t{0}, a, &result);
        } else {
            result = op == "//" ? floor_divide(a, b) : a - floor_divide(a, b) * b;
        }
    }
    if (overflow) too_large();
    return Value(result, trusted);
}

double python_mod(double a, double b) {
    double mod = std::fmod(a, b);
    if (mod != 0) {
        if ((b < 0) != (mod < 0)) mod += b;
        return mod;
    }
    return std::copysign(0.0, b);
}

Value numbers(std::string_view op, const Value& a, const Value& b) {
    const bool trusted = a.trusted() && b.trusted();
    if (op == "**") return power(a, b, trusted);
    if (op != "/" && a.is_integer() && b.is_integer()) return integers(op, a.integer(), b.integer(), trusted);
    const double x = a.number(), y = b.number();
    if (op == "+") return Value(x + y, trusted);
    if (op == "-") return Value(x - y, trusted);
    if (op == "*") return Value(x * y, trusted);
    if (y == 0) throw RuntimeError(op == "/" && a.is_integer() && b.is_integer() ? "ZeroDivisionError: division by zero" : "ZeroDivisionError: float division by zero");
    if (op == "/") return Value(x / y, trusted);
    const double mod = python_mod(x, y);
    if (op == "%") return Value(mod, trusted);
    double quotient = (x - mod) / y;
    const double floor = std::floor(quotient);
    quotient = quotient - floor > 0.5 ? floor + 1 : floor;
    return Value(quotient != 0 ? quotient : std::copysign(0.0, x / y), trusted);
}

// Not negative; stays large where it is too large.
uint64_t product(size_t size, int64_t n) {
    uint64_t out = 0;
    return __builtin_mul_overflow(static_cast<uint64_t>(size), static_cast<uint64_t>(n), &out) ? uint64_t{1} << 60 : out;
}

Value repeat(const Value& value, int64_t n) {
    if (n < 0) n = 0;
    if (value.is_string()) {
        charge_text(product(value.text().size(), n));
        Text out;
        if (!value.text().empty()) {
            charge_steps(static_cast<uint64_t>(n) / 16);
            for (int64_t i = 0; i < n; ++i) out.append(value.text());
        }
        out.markup = value.text().markup;
        return out;
    }
    const Sequence& s = *value.sequence();
    charge_steps(product(s.items.size(), n));
    std::vector<Value> out;
    if (!s.items.empty()) {
        for (int64_t i = 0; i < n; ++i) out.insert(out.end(), s.items.begin(), s.items.end());
    }
    return make_sequence(std::move(out), s.is_list() ? Sequence::Type::List : Sequence::Type::Tuple);
}

bool repeatable(const Value& v) { return v.is_string() || (v.is(Value::Kind::Sequence) && (v.sequence()->is_list() || v.sequence()->is_tuple())); }

}  // namespace

Value add(const Value& a, const Value& b) {
    if (a.is_number() && b.is_number()) return numbers("+", a, b);
    if (a.is_undefined() || b.is_undefined()) unsupported("+", a, b);
    if (a.is_string()) {
        if (!b.is_string()) {
            if (a.text().markup) unsupported("+", a, b);
            type_error("can only concatenate str (not \"" + type_name(b) + "\") to str");
        }
        const bool markup = a.text().markup || b.text().markup;
        Text out = markup && !a.text().markup ? escape_html(a.text()) : a.text();
        charge_text(out.size() + b.text().size());
        out.append(markup && !b.text().markup ? escape_html(b.text()) : b.text());
        out.markup = markup;
        return out;
    }
    if (a.is(Value::Kind::Sequence) && (a.sequence()->is_list() || a.sequence()->is_tuple())) {
        const bool list = a.sequence()->is_list();
        const bool same = b.is(Value::Kind::Sequence) && (list ? b.sequence()->is_list() : b.sequence()->is_tuple());
        const std::string name = list ? "list" : "tuple";
        if (!same) type_error("can only concatenate " + name + " (not \"" + type_name(b) + "\") to " + name);
        std::vector<Value> items = a.sequence()->items;
        items.insert(items.end(), b.sequence()->items.begin(), b.sequence()->items.end());
        return make_sequence(std::move(items), list ? Sequence::Type::List : Sequence::Type::Tuple);
    }
    unsupported("+", a, b);
}

Value binary(std::string_view op, const Value& a, const Value& b) {
    if (op == "%" && a.is_string()) return format_percent(a.text(), b);
    if (op == "+") return add(a, b);
    if (a.is_number() && b.is_number()) return numbers(op, a, b);
    if (op == "*" && repeatable(a) && b.is_integer()) return repeat(a, b.integer());
    if (op == "*" && repeatable(b) && a.is_integer()) return repeat(b, a.integer());
    if (op == "*" && !a.is_undefined() && !b.is_undefined() && (repeatable(a) || repeatable(b))) {
        type_error("can't multiply sequence by non-int of type '" + type_name(repeatable(a) ? b : a) + "'");
    }
    unsupported(op, a, b);
}

bool compare(std::string_view op, const Value& a, const Value& b) {
    if (op == "==") return equal(a, b);
    if (op == "!=") return !equal(a, b);
    if (op == "in") return contains(b, a);
    if (op == "not in") return !contains(b, a);
    if (a.is_number() && b.is_number() && (std::isnan(a.number()) || std::isnan(b.number()))) return false;
    if (op == "<") return less(a, b, "<");
    if (op == ">") {
        try {
            return less(b, a, ">");
        } catch (const RuntimeError&) {
            return less(a, b, ">");  // its message has the operands in this order
        }
    }
    return op == "<=" ? less(a, b, "<=") || equal(a, b) : !less(a, b, ">=");
}

Value call_value(const Value& callee, Arguments arguments) {
    if (callee.is_undefined()) runtime_error(*callee.undefined().message);
    if (!callee.is(Value::Kind::Object)) type_error("'" + type_name(callee) + "' object is not callable");
    return callee.object()->call(std::move(arguments));
}

Value slice_of(const Value& object, std::optional<int64_t> start, std::optional<int64_t> stop, std::optional<int64_t> step) {
    const int64_t by = step.value_or(1);
    const bool string = object.is_string();
    const bool sequence = object.is(Value::Kind::Sequence) && (object.sequence()->is_list() || object.sequence()->is_tuple() ||
                                                               object.sequence()->type == Sequence::Type::Range);
    if (object.is_undefined()) runtime_error(*object.undefined().message);
    if (object.is(Value::Kind::Dict)) type_error("unhashable type: 'slice'");
    if (!string && !sequence) type_error("'" + type_name(object) + "' object is not subscriptable");
    if (by == 0) value_error("slice step cannot be zero");
    std::vector<size_t> offsets;  // of characters
    if (string) {
        charge_text(object.text().size() * sizeof(size_t) / 8);
        for (size_t at = 0; at < object.text().size(); at += character_at(object.string(), at).bytes) offsets.push_back(at);
        charge_steps(offsets.size() / 16);
    }
    const auto n = static_cast<int64_t>(string ? offsets.size() : object.sequence()->items.size());
    const auto clamp = [&](std::optional<int64_t> bound, int64_t otherwise) {
        if (!bound) return otherwise;
        const int64_t at = *bound < 0 ? (*bound < -n ? -1 : *bound + n) : *bound;
        if (at < 0) return by < 0 ? int64_t{-1} : int64_t{0};
        return std::min(at, by < 0 ? n - 1 : n);
    };
    const int64_t from = clamp(start, by < 0 ? n - 1 : 0), to = clamp(stop, by < 0 ? -1 : n);
    if (string) {
        const Text& text = object.text();
        const auto end_of = [&](int64_t i) { return i + 1 < n ? offsets[static_cast<size_t>(i) + 1] : text.size(); };
        if (by == 1) return from < to ? text.substr(offsets[static_cast<size_t>(from)], end_of(to - 1)) : text.substr(0, 0);
        Text out;
        out.markup = text.markup;
        for (int64_t i = from; by > 0 ? i < to : i > to;) {
            out.append(text, offsets[static_cast<size_t>(i)], end_of(i));
            if (__builtin_add_overflow(i, by, &i)) break;
        }
        return out;
    }
    std::vector<Value> out;
    for (int64_t i = from; by > 0 ? i < to : i > to;) {
        out.push_back(object.sequence()->items[static_cast<size_t>(i)]);
        if (__builtin_add_overflow(i, by, &i)) break;
    }
    return make_sequence(std::move(out), object.sequence()->is_tuple() ? Sequence::Type::Tuple : Sequence::Type::List);
}

}  // namespace dlgo::jinja
