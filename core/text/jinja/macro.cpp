#include "core/text/jinja/macro.h"

#include <algorithm>

#include "core/text/jinja/error.h"

namespace dlgo::jinja {

void bind_macro_arguments(const Macro& macro, Arguments& arguments, std::map<std::string, Value, std::less<>>& variables,
                          const std::function<Value(const Expression&)>& evaluate) {
    auto& named = arguments.named;
    // Moves a named argument to its variable.
    const auto take = [&](const std::string& name) {
        const auto at = std::find_if(named.begin(), named.end(), [&](const auto& n) { return n.first == name; });
        if (at == named.end()) return false;
        variables.insert_or_assign(name, std::move(at->second));
        named.erase(at);
        return true;
    };
    const size_t n = macro.parameters.size(), given = arguments.positional.size();
    const std::string quoted = "macro '" + macro.name + "'";
    for (size_t i = 0; i < n; ++i) {
        const std::string& parameter = macro.parameters[i];
        if (i < given) {
            variables.insert_or_assign(parameter, arguments.positional[i]);
        } else if (take(parameter)) {
            continue;
        } else if (i + macro.defaults.size() >= n) {
            variables.insert_or_assign(parameter, evaluate(*macro.defaults[i + macro.defaults.size() - n]));
        } else {
            variables.insert_or_assign(parameter, make_undefined("parameter '" + parameter + "' was not provided"));
        }
    }
    const bool declared = variables.contains("caller");
    if (!declared && take("caller") && !macro.uses_caller) type_error(quoted + " takes no caller");
    if (!declared && macro.uses_caller) variables.try_emplace("caller", make_undefined("No caller defined"));
    if (macro.uses_kwargs) {
        auto rest = std::make_shared<Dict>();
        for (auto& [name, value] : named) rest->set(Value(name, true), std::move(value));
        variables.insert_or_assign("kwargs", Value(std::move(rest)));
    } else if (!named.empty()) {
        type_error(quoted + " takes no keyword argument '" + named[0].first + "'");
    }
    if (macro.uses_varargs) {
        std::vector<Value> rest;
        for (size_t i = n; i < given; ++i) rest.push_back(arguments.positional[i]);
        variables.insert_or_assign("varargs", make_sequence(std::move(rest), Sequence::Type::Tuple));
    } else if (given > n) {
        type_error(quoted + " takes not more than " + std::to_string(n) + " argument(s)");
    }
}

}  // namespace dlgo::jinja
