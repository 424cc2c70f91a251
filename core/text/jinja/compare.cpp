// Comparison, membership, iteration.
#include <string.h>

#include <cmath>

#include "core/text/jinja/error.h"
#include "core/text/jinja/limits.h"
#include "core/text/jinja/python.h"
#include "core/text/jinja/unicode.h"

namespace dlgo::jinja {

static bool equal_items(const std::vector<Value>& a, const std::vector<Value>& b) {
    if (a.size() != b.size()) return false;
    for (size_t i = 0; i < a.size(); ++i) {
        if (!equal(a[i], b[i])) return false;
    }
    return true;
}

static bool equal_dicts(const Dict& a, const Dict& b) {
    if (a.size() != b.size()) return false;
    for (const auto& [key, value] : a.entries()) {
        const Value* other = b.find(key);
        if (!other || !equal(value, *other)) return false;
    }
    return true;
}

bool equal(const Value& a, const Value& b) {
    charge_steps(1);
    if (a.is_number() && b.is_number()) {
        return a.is_integer() && b.is_integer() ? a.integer() == b.integer() : a.number() == b.number();
    }
    if (a.kind() != b.kind()) return false;
    switch (a.kind()) {
        case Value::Kind::String: return a.string() == b.string();
        case Value::Kind::Dict: return a.dict() == b.dict() || equal_dicts(*a.dict(), *b.dict());
        case Value::Kind::Object: return a.object() == b.object();
        case Value::Kind::Sequence: {
            const Sequence &s = *a.sequence(), &t = *b.sequence();
            if (&s == &t) return true;
            const bool same_type = s.type == t.type || (s.is_tuple() && t.is_tuple());
            const bool by_identity = s.type == Sequence::Type::Generator || s.type == Sequence::Type::Values;
            return same_type && !by_identity && equal_items(s.items, t.items);
        }
        default: return true;
    }
}

static bool less_items(const std::vector<Value>& a, const std::vector<Value>& b, const char* op) {
    for (size_t i = 0; i < a.size() && i < b.size(); ++i) {
        if (!equal(a[i], b[i])) return less(a[i], b[i], op);
    }
    return a.size() < b.size();
}

bool less(const Value& a, const Value& b, const char* op) {
    charge_steps(1);
    if (a.is_number() && b.is_number()) {
        return a.is_integer() && b.is_integer() ? a.integer() < b.integer() : a.number() < b.number();
    }
    if (a.is_string() && b.is_string()) return a.string() < b.string();  // UTF-8 has the order of code points
    if (a.is(Value::Kind::Sequence) && b.is(Value::Kind::Sequence)) {
        const Sequence &s = *a.sequence(), &t = *b.sequence();
        if ((s.is_list() && t.is_list()) || (s.is_tuple() && t.is_tuple())) return less_items(s.items, t.items, op);
    }
    for (const Value* v : {&a, &b}) {
        if (v->is_undefined()) runtime_error(*v->undefined().message);
    }
    type_error(std::string("'").append(op) + "' not supported between instances of '" + type_name(a) + "' and '" + type_name(b) + "'");
}

bool contains(const Value& container, const Value& item) {
    switch (container.kind()) {
        case Value::Kind::String: {
            if (item.is_undefined()) runtime_error(*item.undefined().message);
            if (!item.is_string()) type_error("'in <string>' requires string as left operand, not " + type_name(item));
            const std::string &hay = container.string(), &needle = item.string();
            charge_steps(hay.size() / 1024);
            return memmem(hay.data(), hay.size(), needle.data(), needle.size()) != nullptr;
        }
        case Value::Kind::Dict: check_hashable(item); return container.dict()->find(item) != nullptr;
        case Value::Kind::Sequence:
            for (const Value& other : iterate(container)) {
                if (equal(other, item)) return true;
            }
            return false;
        case Value::Kind::Undefined: return false;
        default: type_error("argument of type '" + type_name(container) + "' is not iterable");
    }
}

void check_hashable(const Value& key) {
    if (key.is(Value::Kind::Sequence) && key.sequence()->is_tuple()) {
        for (const Value& item : key.sequence()->items) check_hashable(item);
    } else if (key.is(Value::Kind::Dict) || (key.is(Value::Kind::Sequence) && key.sequence()->is_list())) {
        type_error("unhashable type: '" + type_name(key) + "'");
    }
}

std::vector<Value> iterate(const Value& value) {
    std::vector<Value> out;
    switch (value.kind()) {
        case Value::Kind::Sequence: {
            Sequence& s = *value.sequence();
            charge_steps(s.items.size());
            if (s.type != Sequence::Type::Generator) return s.items;
            out.assign(s.items.begin() + static_cast<std::ptrdiff_t>(s.consumed), s.items.end());
            s.consumed = s.items.size();
            return out;
        }
        case Value::Kind::Dict:
            charge_steps(value.dict()->size());
            for (const auto& [key, item] : value.dict()->entries()) out.push_back(key);
            return out;
        case Value::Kind::String: {
            const Text& text = value.text();
            charge_text(text.size() * (sizeof(Value) + sizeof(Text)));
            for (size_t at = 0; at < text.size();) {
                const size_t n = character_at(text.bytes(), at).bytes;
                charge_steps(1);
                Text character;  // not Markup, even if text is
                character.append(text, at, at + n);
                out.emplace_back(std::move(character));
                at += n;
            }
            return out;
        }
        case Value::Kind::Undefined: return out;
        default: type_error("'" + type_name(value) + "' object is not iterable");
    }
}

size_t length(const Value& value) {
    switch (value.kind()) {
        case Value::Kind::String: return count_characters(value.string());
        case Value::Kind::Dict: return value.dict()->size();
        case Value::Kind::Undefined: return 0;
        case Value::Kind::Sequence:
            if (value.sequence()->type != Sequence::Type::Generator) return value.sequence()->items.size();
            [[fallthrough]];
        default: type_error("object of type '" + type_name(value) + "' has no len()");
    }
}

}  // namespace dlgo::jinja
