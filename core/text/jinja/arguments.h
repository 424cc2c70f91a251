// Binds arguments to parameters, as Python does.
#pragma once
#include <initializer_list>
#include <string_view>

#include "core/text/jinja/error.h"
#include "core/text/jinja/value.h"

namespace dlgo::jinja {

class Parameters {
public:
    // TypeError for arguments that no parameter takes.
    Parameters(std::string_view function, const Arguments& arguments, std::initializer_list<std::string_view> names);

    bool has(size_t i) const { return found_[i] != nullptr; }
    const Value& operator[](size_t i) const;  // TypeError when it is missing
    const Value& get(size_t i, const Value& otherwise) const { return has(i) ? *found_[i] : otherwise; }
    bool flag(size_t i, bool otherwise = false) const { return has(i) ? found_[i]->truth() : otherwise; }
    int64_t integer(size_t i, int64_t otherwise) const;
    int64_t integer(size_t i) const;
    const Text& text(size_t i) const;  // TypeError for another type

private:
    std::string function_;
    std::vector<std::string_view> names_;
    std::vector<const Value*> found_;
};

}  // namespace dlgo::jinja
