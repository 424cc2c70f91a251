#pragma once
#include <functional>
#include <map>
#include <optional>

#include "core/text/jinja/ast.h"

namespace dlgo::jinja {

struct MacroObject : Object {
    std::string type_name() const override { return "Macro"; }
    std::string repr() const override { return "<Macro '" + name + "'>"; }
    bool callable() const override { return true; }
    Value call(Arguments arguments) override { return invoke(std::move(arguments)); }
    const Value* attribute(std::string_view attribute, Value& storage) override {
        if (attribute != "name") return nullptr;
        storage = Value(name, true);
        return &storage;
    }

    std::string name;
    std::function<Value(Arguments)> invoke;
};

// The variables that a macro's body begins with. Defaults may refer to the parameters before them.
void bind_macro_arguments(const Macro& macro, Arguments& arguments, std::map<std::string, Value, std::less<>>& variables,
                          const std::function<Value(const Expression&)>& evaluate);

}  // namespace dlgo::jinja
