// Environment variables and the sizes written in them.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dlgo {

// Unset and empty variables are nullopt.
std::optional<std::string> env_string(const char* name);

// INVALID_ARGUMENT, naming the variable, for a value that is not a decimal number or out of range.
std::optional<int64_t> env_int(const char* name, int64_t min, int64_t max);

// Bytes as parse_size() reads them; INVALID_ARGUMENT, naming the variable, for anything else.
std::optional<uint64_t> env_size(const char* name);

// "1048576", "512K", "512M", "8G", "1.5GiB", "2T": powers of 1024, either case. nullopt for anything else.
std::optional<uint64_t> parse_size(std::string_view text) noexcept;

}  // namespace dlgo
