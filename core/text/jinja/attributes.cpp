// object.name and object[key], with the rules of jinja2's sandbox: nothing that changes a list or dict.
#include "core/text/jinja/error.h"
#include "core/text/jinja/filters.h"
#include "core/text/jinja/loop.h"
#include "core/text/jinja/python.h"
#include "core/text/jinja/slice.h"

namespace dlgo::jinja {

namespace {

Value missing_attribute(const Value& object, std::string_view name) {
    return make_undefined(std::string("'").append(object_type_name(object)) + "' has no attribute " + string_repr(name));
}

std::optional<Value> own_attribute(const Value& object, std::string_view name) {
    if (object.is(Value::Kind::Object)) {
        Value storage;
        if (const Value* found = object.object()->attribute(name, storage)) return *found;
        return std::nullopt;
    }
    if (object.is(Value::Kind::Sequence) && object.sequence()->type == Sequence::Type::Group) {
        if (name == "grouper") return object.sequence()->items[0];
        if (name == "list") return object.sequence()->items[1];
    }
    return find_method(object, name);
}

// object[key] as Python has it; nullopt for a LookupError or TypeError.
std::optional<Value> element(const Value& object, const Value& key) {
    if (object.is(Value::Kind::Dict)) {
        if (key.is(Value::Kind::Dict) || (key.is(Value::Kind::Sequence) && key.sequence()->is_list())) return std::nullopt;
        const Value* found = object.dict()->find(key);
        return found ? std::optional<Value>(*found) : std::nullopt;
    }
    if (!key.is_integer()) return std::nullopt;
    int64_t at = key.integer();
    if (object.is_string()) {
        const auto n = static_cast<int64_t>(length(object));
        if (at < 0) at += n;
        if (at < 0 || at >= n) return std::nullopt;
        return slice_of(object, at, at + 1, 1);
    }
    if (object.is(Value::Kind::Sequence)) {
        const Sequence& s = *object.sequence();
        if (!s.is_list() && !s.is_tuple() && s.type != Sequence::Type::Range) return std::nullopt;
        const auto n = static_cast<int64_t>(s.items.size());
        if (at < 0) at += n;
        if (at >= 0 && at < n) return s.items[static_cast<size_t>(at)];
    }
    return std::nullopt;
}

}  // namespace

Value get_attribute(const Value& object, std::string_view name) {
    if (object.is_undefined()) runtime_error(*object.undefined().message);
    if (auto found = own_attribute(object, name)) return std::move(*found);
    if (object.is(Value::Kind::Dict)) {
        if (const Value* found = object.dict()->find(name)) return *found;
    }
    return missing_attribute(object, name);
}

Value get_item(const Value& object, const Value& key) {
    if (object.is_undefined()) runtime_error(*object.undefined().message);
    if (auto found = element(object, key)) return std::move(*found);
    if (!key.is_string()) return make_undefined(object_type_name(object) + " has no element " + repr(key));
    if (auto found = own_attribute(object, key.string())) return std::move(*found);
    return missing_attribute(object, key.string());
}

}  // namespace dlgo::jinja
