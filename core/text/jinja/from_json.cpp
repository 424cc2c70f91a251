#include "core/text/jinja/from_json.h"

#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "core/text/jinja/limits.h"

namespace dlgo::jinja {

namespace {

using Json = nlohmann::ordered_json;

Value convert(const Json& json) {
    switch (json.type()) {
        case Json::value_t::boolean: return Value(json.get<bool>(), false);
        case Json::value_t::number_integer: return Value(json.get<int64_t>(), false);
        case Json::value_t::number_unsigned: {
            const auto value = json.get<uint64_t>();
            return value <= INT64_MAX ? Value(static_cast<int64_t>(value), false) : Value(static_cast<double>(value), false);
        }
        case Json::value_t::number_float: return Value(json.get<double>(), false);
        case Json::value_t::string: return Value(json.get_ref<const std::string&>(), false);
        case Json::value_t::array: {
            std::vector<Value> items;
            for (const Json& item : json) items.push_back(convert(item));
            return make_sequence(std::move(items));
        }
        case Json::value_t::object: {
            auto dict = std::make_shared<Dict>();
            for (const auto& [key, item] : json.items()) dict->set(Value(key, false), convert(item));
            return dict;
        }
        default: return Value();
    }
}

}  // namespace

Value value_from_json(std::string_view text, const char* what) {
    // Deeper values are not converted: the recursion would follow them.
    const auto limit_depth = [what](int depth, Json::parse_event_t, Json&) {
        if (depth > static_cast<int>(kMaxValueDepth) - 10) fail(DLGO_ERROR_INVALID_ARGUMENT, "%s is nested too deeply", what);
        return true;
    };
    try {
        return convert(Json::parse(text, limit_depth));
    } catch (const Json::exception& error) {
        fail(DLGO_ERROR_INVALID_ARGUMENT, "%s is not JSON: %s", what, error.what());
    }
}

}  // namespace dlgo::jinja
