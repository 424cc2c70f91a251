// `x is name`.
#include "core/text/jinja/arguments.h"
#include "core/text/jinja/filters.h"
#include "core/text/jinja/python.h"
#include "core/text/jinja/unicode.h"

namespace dlgo::jinja {

namespace {

bool is_iterable(const Value& v) {
    return v.is_string() || v.is(Value::Kind::Sequence) || v.is(Value::Kind::Dict) || v.is_undefined();
}

bool is_sequence(const Value& v) {
    if (v.is(Value::Kind::Sequence)) return v.sequence()->type < Sequence::Type::Generator;
    return v.is_string() || v.is(Value::Kind::Dict) || v.is_undefined();
}

// Some cased character, and all of those of this case.
template <class Wrong, class Right>
bool all_cased(const Value& v, Wrong wrong, Right right) {
    bool any = false;
    const Text text = to_text(v);
    for (size_t at = 0; at < text.size();) {
        const Character c = character_at(text.bytes(), at);
        at += c.bytes;
        if (wrong(c.code)) return false;
        any |= right(c.code);
    }
    return any;
}

bool divisible(const Value& v, const Value& by, int64_t rest) {
    return equal(binary("%", v, by), Value(rest, true));
}

template <std::string_view const& op>
bool compares(const Value& v, Arguments& a) {
    return compare(op, v, Parameters(op, a, {"other"})[0]);
}
constexpr std::string_view kEq = "==", kNe = "!=", kLt = "<", kLe = "<=", kGt = ">", kGe = ">=", kIn = "in";

struct Entry {
    std::string_view name;
    TestFunction function;
};

constexpr Entry kTests[] = {
    {"defined", [](const Value& v, Arguments&) { return !v.is_undefined(); }},
    {"undefined", [](const Value& v, Arguments&) { return v.is_undefined(); }},
    {"none", [](const Value& v, Arguments&) { return v.is_none(); }},
    {"boolean", [](const Value& v, Arguments&) { return v.is(Value::Kind::Bool); }},
    {"true", [](const Value& v, Arguments&) { return v.is(Value::Kind::Bool) && v.integer() == 1; }},
    {"false", [](const Value& v, Arguments&) { return v.is(Value::Kind::Bool) && v.integer() == 0; }},
    {"integer", [](const Value& v, Arguments&) { return v.is(Value::Kind::Int); }},
    {"float", [](const Value& v, Arguments&) { return v.is(Value::Kind::Float); }},
    {"number", [](const Value& v, Arguments&) { return v.is_number(); }},
    {"string", [](const Value& v, Arguments&) { return v.is_string(); }},
    {"mapping", [](const Value& v, Arguments&) { return v.is(Value::Kind::Dict); }},
    {"iterable", [](const Value& v, Arguments&) { return is_iterable(v); }},
    {"sequence", [](const Value& v, Arguments&) { return is_sequence(v); }},
    {"callable", [](const Value& v, Arguments&) { return v.is_undefined() || (v.is(Value::Kind::Object) && v.object()->callable()); }},
    {"escaped", [](const Value& v, Arguments&) { return v.is_string() && v.text().markup; }},
    {"lower", [](const Value& v, Arguments&) { return all_cased(v, is_upper, is_lower); }},
    {"upper", [](const Value& v, Arguments&) { return all_cased(v, is_lower, is_upper); }},
    {"odd", [](const Value& v, Arguments&) { return divisible(v, Value(int64_t{2}, true), 1); }},
    {"even", [](const Value& v, Arguments&) { return divisible(v, Value(int64_t{2}, true), 0); }},
    {"divisibleby", [](const Value& v, Arguments& a) { return divisible(v, Parameters("divisibleby", a, {"num"})[0], 0); }},
    {"sameas", [](const Value& v, Arguments& a) {
         const Parameters p("sameas", a, {"other"});
         if (v.kind() != p[0].kind()) return false;
         if (v.is(Value::Kind::Sequence)) return v.sequence() == p[0].sequence();
         if (v.is(Value::Kind::Dict)) return v.dict() == p[0].dict();
         return equal(v, p[0]);
     }},
    {"filter", [](const Value& v, Arguments&) { return v.is_string() && find_filter(v.string()) != nullptr; }},
    {"test", [](const Value& v, Arguments&) { return v.is_string() && find_test(v.string()) != nullptr; }},
    {"in", compares<kIn>},
    {"==", compares<kEq>}, {"eq", compares<kEq>}, {"equalto", compares<kEq>},
    {"!=", compares<kNe>}, {"ne", compares<kNe>},
    {"<", compares<kLt>}, {"lt", compares<kLt>}, {"lessthan", compares<kLt>},
    {"<=", compares<kLe>}, {"le", compares<kLe>},
    {">", compares<kGt>}, {"gt", compares<kGt>}, {"greaterthan", compares<kGt>},
    {">=", compares<kGe>}, {"ge", compares<kGe>},
};

}  // namespace

TestFunction find_test(std::string_view name) {
    for (const Entry& entry : kTests) {
        if (entry.name == name) return entry.function;
    }
    return nullptr;
}

}  // namespace dlgo::jinja
