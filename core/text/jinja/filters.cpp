#include "core/text/jinja/filters.h"

#include <unordered_map>

namespace dlgo::jinja {

FilterFunction find_filter(std::string_view name) {
    static const std::unordered_map<std::string_view, FilterFunction> filters = [] {
        std::unordered_map<std::string_view, FilterFunction> out;
        for (const auto& room : {text_filters(), list_filters(), value_filters()}) {
            for (const FilterEntry& entry : room) out.emplace(entry.name, entry.function);
        }
        return out;
    }();
    const auto found = filters.find(name);
    return found == filters.end() ? nullptr : found->second;
}

}  // namespace dlgo::jinja
