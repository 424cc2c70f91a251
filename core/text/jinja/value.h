// Values of a running template, with the types and the meaning they have in Python.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/text/jinja/text.h"

namespace dlgo::jinja {

struct Sequence;
class Dict;
struct Object;
struct Undefined {
    std::shared_ptr<const std::string> message;  // of the error that using it gives
};
struct None {};

class Value {
public:
    enum class Kind : uint8_t { Undefined, None, Bool, Int, Float, String, Sequence, Dict, Object };

    Value() : data_(None{}) {}
    Value(Undefined undefined) : data_(std::move(undefined)) {}
    Value(bool value, bool trusted) : trusted_(trusted), data_(value) {}
    Value(int64_t value, bool trusted) : trusted_(trusted), data_(value) {}
    Value(double value, bool trusted) : trusted_(trusted), data_(value) {}
    Value(Text text);
    Value(std::string text, bool trusted) : Value(Text(std::move(text), trusted)) {}
    Value(const char*, bool) = delete;
    Value(std::shared_ptr<Sequence> sequence) : data_(std::move(sequence)) {}
    Value(std::shared_ptr<Dict> dict) : data_(std::move(dict)) {}
    Value(std::shared_ptr<Object> object) : data_(std::move(object)) {}

    Kind kind() const { return static_cast<Kind>(data_.index()); }
    bool is(Kind kind) const { return this->kind() == kind; }
    bool is_undefined() const { return is(Kind::Undefined); }
    bool is_none() const { return is(Kind::None); }
    bool is_string() const { return is(Kind::String); }
    bool is_number() const { return is(Kind::Bool) || is(Kind::Int) || is(Kind::Float); }
    bool is_integer() const { return is(Kind::Bool) || is(Kind::Int); }

    const Undefined& undefined() const { return std::get<Undefined>(data_); }
    int64_t integer() const { return is(Kind::Bool) ? std::get<bool>(data_) : std::get<int64_t>(data_); }
    double number() const { return is(Kind::Float) ? std::get<double>(data_) : static_cast<double>(integer()); }
    const Text& text() const { return *std::get<std::shared_ptr<const Text>>(data_); }
    const std::string& string() const { return text().bytes(); }
    const std::shared_ptr<Sequence>& sequence() const { return std::get<std::shared_ptr<Sequence>>(data_); }
    const std::shared_ptr<Dict>& dict() const { return std::get<std::shared_ptr<Dict>>(data_); }
    const std::shared_ptr<Object>& object() const { return std::get<std::shared_ptr<Object>>(data_); }
    template <class T>
    T* object_as() const {
        return is(Kind::Object) ? dynamic_cast<T*>(object().get()) : nullptr;
    }

    // Of a string: all of its bytes are. Containers and objects count as data.
    bool trusted() const { return is_string() ? text().trusted() : is_none() || is_undefined() || (is_number() && trusted_); }

    bool truth() const;
    uint32_t depth() const;  // of nested containers

private:
    bool trusted_ = false;  // of numbers
    std::variant<Undefined, None, bool, int64_t, double, std::shared_ptr<const Text>, std::shared_ptr<Sequence>, std::shared_ptr<Dict>,
                 std::shared_ptr<Object>>
        data_;
};

// Everything that holds values in order. Only List and Tuple are what Python can index, add and compare.
struct Sequence {
    enum class Type : uint8_t { List, Tuple, Group, Range, Generator, Keys, Values, Items };
    Type type = Type::List;
    uint32_t depth = 1;
    std::vector<Value> items;
    size_t consumed = 0;               // Generator: items already taken
    int64_t start = 0, stop = 0, step = 1;  // Range

    bool is_list() const { return type == Type::List; }
    bool is_tuple() const { return type == Type::Tuple || type == Type::Group; }
    bool is_view() const { return type >= Type::Keys; }
};

// In order of insertion.
class Dict {
public:
    using Entry = std::pair<Value, Value>;
    const std::vector<Entry>& entries() const { return entries_; }
    size_t size() const { return entries_.size(); }
    const Value* find(const Value& key) const;
    const Value* find(std::string_view key) const;
    void set(Value key, Value value);
    uint32_t depth() const { return depth_; }

private:
    std::vector<Entry> entries_;
    uint32_t depth_ = 1;
};

struct Arguments {
    std::vector<Value> positional;
    std::vector<std::pair<std::string, Value>> named;
};

// Functions, macros, loops, namespaces.
struct Object {
    virtual ~Object() = default;
    uint32_t depth_of_values = 0;  // of what it refers to
    virtual std::string type_name() const = 0;
    virtual std::string repr() const;
    virtual bool callable() const { return false; }
    virtual Value call(Arguments arguments);
    virtual const Value* attribute(std::string_view, Value&) { return nullptr; }
    virtual void clear() {}  // drops what may refer back to it
};

struct Function : Object {
    using Body = std::function<Value(Arguments)>;
    Function(std::string name, Body body, bool method = false) : name(std::move(name)), body(std::move(body)), method(method) {}
    std::string type_name() const override { return method ? "builtin_function_or_method" : "function"; }
    std::string repr() const override { return "<function " + name + ">"; }
    bool callable() const override { return true; }
    Value call(Arguments arguments) override { return body(std::move(arguments)); }

    std::string name;
    Body body;
    bool method;
};

Value make_sequence(std::vector<Value> items, Sequence::Type type = Sequence::Type::List);
Value make_undefined(std::string message);
Value make_function(std::string name, Function::Body body, bool method = false);
Value make_method(const Value& self, std::string_view name, Function::Body body);

std::string type_name(const Value& value);         // as type(value).__name__
std::string object_type_name(const Value& value);  // as in messages about undefined attributes

}  // namespace dlgo::jinja
