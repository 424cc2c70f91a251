#pragma once
#include <string>
#include <string_view>
namespace dlgo { std::string gbnf_from_json_schema(std::string_view schema); }
