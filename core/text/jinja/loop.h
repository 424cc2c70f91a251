// What loops, namespaces and the helpers of loops are to a template.
#pragma once
#include <functional>
#include <map>
#include <vector>

#include "core/text/jinja/value.h"

namespace dlgo::jinja {

struct LoopContext : Object {
    LoopContext(std::vector<Value> items, uint32_t depth) : items(std::move(items)), depth(depth) {}
    std::string type_name() const override { return "LoopContext"; }
    std::string repr() const override { return "<LoopContext " + std::to_string(index + 1) + "/" + std::to_string(items.size()) + ">"; }
    bool callable() const override { return true; }
    Value call(Arguments arguments) override;
    const Value* attribute(std::string_view name, Value& storage) override;
    void clear() override;

    std::vector<Value> items;
    size_t index = 0;
    uint32_t depth;
    std::function<Value(const Value&)> recurse;
    std::shared_ptr<Value> last_changed;  // the arguments of loop.changed()
};

struct Namespace : Object {
    std::string type_name() const override { return "Namespace"; }
    std::string repr() const override;
    const Value* attribute(std::string_view name, Value& storage) override;
    void set(const std::string& name, Value value);
    void clear() override { values.clear(); }

    std::map<std::string, Value, std::less<>> values;
};

struct Cycler : Object {
    explicit Cycler(std::vector<Value> items) : items(std::move(items)) {}
    std::string type_name() const override { return "Cycler"; }
    const Value* attribute(std::string_view name, Value& storage) override;
    void clear() override { items.clear(); }

    std::vector<Value> items;
    size_t at = 0;
};

struct Joiner : Object {
    explicit Joiner(Text separator) : separator(std::move(separator)) {}
    std::string type_name() const override { return "Joiner"; }
    bool callable() const override { return true; }
    Value call(Arguments arguments) override;

    Text separator;
    bool used = false;
};

}  // namespace dlgo::jinja
