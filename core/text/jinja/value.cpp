#include "core/text/jinja/value.h"

#include <algorithm>

#include "core/text/jinja/error.h"
#include "core/text/jinja/limits.h"
#include "core/text/jinja/python.h"

namespace dlgo::jinja {

Value::Value(Text text) {
    charge_text(text.size());
    data_ = std::make_shared<const Text>(std::move(text));
}

bool Value::truth() const {
    switch (kind()) {
        case Kind::Undefined:
        case Kind::None: return false;
        case Kind::Bool:
        case Kind::Int: return integer() != 0;
        case Kind::Float: return number() != 0;
        case Kind::String: return !string().empty();
        case Kind::Sequence: return sequence()->type == Sequence::Type::Generator || !sequence()->items.empty();
        case Kind::Dict: return dict()->size() > 0;
        case Kind::Object: return true;
    }
    return false;
}

uint32_t Value::depth() const {
    if (is(Kind::Sequence)) return sequence()->depth;
    if (is(Kind::Object)) return object()->depth_of_values;
    return is(Kind::Dict) ? dict()->depth() : 0;
}

const Value* Dict::find(const Value& key) const {
    charge_steps(entries_.size() / 16);
    for (const Entry& entry : entries_) {
        if (equal(entry.first, key)) return &entry.second;
    }
    return nullptr;
}

const Value* Dict::find(std::string_view key) const {
    charge_steps(entries_.size() / 16);
    for (const Entry& entry : entries_) {
        if (entry.first.is_string() && entry.first.string() == key) return &entry.second;
    }
    return nullptr;
}

void Dict::set(Value key, Value value) {
    depth_ = std::max({depth_, 1 + key.depth(), 1 + value.depth()});
    check_depth(depth_);
    if (const Value* old = find(key)) {
        *const_cast<Value*>(old) = std::move(value);
    } else {
        entries_.emplace_back(std::move(key), std::move(value));
    }
}

std::string Object::repr() const { return std::string("<").append(type_name()) + " object>"; }

Value Object::call(Arguments) { type_error(std::string("'").append(type_name()) + "' object is not callable"); }

Value make_sequence(std::vector<Value> items, Sequence::Type type) {
    charge_steps(items.size());
    charge_text(items.size() * sizeof(Value));
    auto out = std::make_shared<Sequence>();
    for (const Value& item : items) out->depth = std::max(out->depth, 1 + item.depth());
    check_depth(out->depth);
    out->type = type;
    out->items = std::move(items);
    return out;
}

Value make_undefined(std::string message) { return Undefined{std::make_shared<const std::string>(std::move(message))}; }

Value make_function(std::string name, Function::Body body, bool method) {
    return std::shared_ptr<Object>(std::make_shared<Function>(std::move(name), std::move(body), method));
}

Value make_method(const Value& self, std::string_view name, Function::Body body) {
    charge_text(sizeof(Function));
    auto out = std::make_shared<Function>(std::string(name), std::move(body), true);
    out->depth_of_values = 1 + self.depth();
    check_depth(out->depth_of_values);
    return std::shared_ptr<Object>(std::move(out));
}

static std::string sequence_type_name(Sequence::Type type) {
    switch (type) {
        case Sequence::Type::List: return "list";
        case Sequence::Type::Tuple: return "tuple";
        case Sequence::Type::Group: return "_GroupTuple";
        case Sequence::Type::Range: return "range";
        case Sequence::Type::Generator: return "generator";
        case Sequence::Type::Keys: return "dict_keys";
        case Sequence::Type::Values: return "dict_values";
        case Sequence::Type::Items: return "dict_items";
    }
    return "";
}

std::string type_name(const Value& value) {
    switch (value.kind()) {
        case Value::Kind::Undefined: return "Undefined";
        case Value::Kind::None: return "NoneType";
        case Value::Kind::Bool: return "bool";
        case Value::Kind::Int: return "int";
        case Value::Kind::Float: return "float";
        case Value::Kind::String: return value.text().markup ? "Markup" : "str";
        case Value::Kind::Sequence: return sequence_type_name(value.sequence()->type);
        case Value::Kind::Dict: return "dict";
        case Value::Kind::Object: return value.object()->type_name();
    }
    return "";
}

std::string object_type_name(const Value& value) {
    if (value.is_none()) return "None";
    const std::string name = type_name(value);
    if (name == "Markup") return "markupsafe.Markup object";
    if (name == "_GroupTuple") return "jinja2.filters._GroupTuple object";
    if (name == "Namespace" || name == "Cycler" || name == "Joiner") return "jinja2.utils." + name + " object";
    if (name == "Macro" || name == "LoopContext") return "jinja2.runtime." + name + " object";
    return name + " object";
}

}  // namespace dlgo::jinja
