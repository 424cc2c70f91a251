#include "core/text/jinja/arguments.h"

#include <algorithm>

namespace dlgo::jinja {

Parameters::Parameters(std::string_view function, const Arguments& arguments, std::initializer_list<std::string_view> names)
    : function_(function), names_(names), found_(names.size(), nullptr) {
    if (arguments.positional.size() > names_.size()) {
        type_error(function_ + "() takes at most " + std::to_string(names_.size()) + " arguments (" +
                   std::to_string(arguments.positional.size()) + " given)");
    }
    for (size_t i = 0; i < arguments.positional.size(); ++i) found_[i] = &arguments.positional[i];
    for (const auto& [name, value] : arguments.named) {
        const auto at = std::find(names_.begin(), names_.end(), name);
        if (at == names_.end()) type_error(function_ + "() got an unexpected keyword argument '" + name + "'");
        const Value*& slot = found_[static_cast<size_t>(at - names_.begin())];
        if (slot) type_error(function_ + "() got multiple values for argument '" + name + "'");
        slot = &value;
    }
}

const Value& Parameters::operator[](size_t i) const {
    if (!found_[i]) type_error(function_ + "() missing 1 required positional argument: '" + std::string(names_[i]) + "'");
    return *found_[i];
}

int64_t Parameters::integer(size_t i) const {
    const Value& value = (*this)[i];
    if (value.is_undefined()) runtime_error(*value.undefined().message);
    if (!value.is_integer()) type_error(std::string("'").append(type_name(value)) + "' object cannot be interpreted as an integer");
    return value.integer();
}

int64_t Parameters::integer(size_t i, int64_t otherwise) const { return has(i) ? integer(i) : otherwise; }

const Text& Parameters::text(size_t i) const {
    const Value& value = (*this)[i];
    if (value.is_undefined()) runtime_error(*value.undefined().message);
    if (!value.is_string()) type_error(function_ + "() argument must be str, not " + type_name(value));
    return value.text();
}

}  // namespace dlgo::jinja
