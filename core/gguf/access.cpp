// Typed access to metadata.
#include <cinttypes>
#include <cmath>
#include <optional>
#include <type_traits>
#include <utility>

#include "core/base/error.h"
#include "core/gguf/gguf.h"
#include "core/gguf/parse.h"
#include "core/gguf/reader.h"

namespace dlgo {

namespace {

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};

// nullopt: another kind, or out of range.
template <class To, class From>
std::optional<To> convert(From v) {
    if constexpr (std::is_same_v<To, double> && std::is_same_v<From, double>) {
        return std::isfinite(v) ? std::optional(v) : std::nullopt;
    } else if constexpr (std::is_same_v<To, From>) {
        return v;
    } else if constexpr (!std::is_arithmetic_v<To> || !std::is_arithmetic_v<From> || std::is_same_v<To, bool> ||
                         std::is_same_v<From, bool> || std::is_same_v<From, double>) {
        return std::nullopt;
    } else if constexpr (std::is_same_v<To, double>) {
        return static_cast<double>(v);
    } else {
        return std::in_range<To>(v) ? std::optional(static_cast<To>(v)) : std::nullopt;
    }
}

template <class To>
std::optional<To> scalar(const GgufValue& value) {
    return std::visit(
        [](const auto& v) -> std::optional<To> {
            using From = std::decay_t<decltype(v)>;
            if constexpr (IsVector<From>::value) return std::nullopt;
            else return convert<To, From>(v);
        },
        value.value);
}

template <class To>
std::optional<std::vector<To>> array(const GgufValue& value) {
    return std::visit(
        [](const auto& v) -> std::optional<std::vector<To>> {
            using From = std::decay_t<decltype(v)>;
            if constexpr (!IsVector<From>::value) {
                return std::nullopt;
            } else {
                std::vector<To> out;
                out.reserve(v.size());
                for (const auto& element : v) {
                    const auto converted = convert<To, typename From::value_type>(element);
                    if (!converted) return std::nullopt;
                    out.push_back(*converted);
                }
                return out;
            }
        },
        value.value);
}

[[noreturn]] void fail_kind(const Gguf& gguf, std::string_view key, const std::string& expected) {
    const GgufValue& value = *gguf.find(key);
    std::string found = kind_name(value.kind);
    if (value.kind == GgufKind::Array) found = strf("array of %zu %s", value.array_size(), kind_name(value.element));
    fail(DLGO_ERROR_FORMAT, "%s: key %s: expected %s, found %s %s", gguf.path().c_str(), quoted(key).c_str(), expected.c_str(),
         found.c_str(), quoted(gguf.describe(value)).c_str());
}

const GgufValue& require(const Gguf& gguf, std::string_view key) {
    if (const GgufValue* value = gguf.find(key)) return *value;
    fail(DLGO_ERROR_FORMAT, "%s: key %s: missing", gguf.path().c_str(), quoted(key).c_str());
}

template <class T>
T get(const Gguf& gguf, std::string_view key, const char* expected) {
    if (auto v = scalar<T>(require(gguf, key))) return *v;
    fail_kind(gguf, key, expected);
}

template <class T>
std::vector<T> get_array(const Gguf& gguf, std::string_view key, const char* expected) {
    if (auto v = array<T>(require(gguf, key))) return std::move(*v);
    fail_kind(gguf, key, expected);
}

// n values from a scalar or an array.
template <class T>
std::vector<T> get_n(const Gguf& gguf, std::string_view key, size_t n, const char* expected) {
    const GgufValue& value = require(gguf, key);
    if (const auto one = scalar<T>(value)) return std::vector<T>(n, *one);
    auto all = array<T>(value);
    if (!all || all->size() < n) fail_kind(gguf, key, strf("%s or an array of at least %zu of them", expected, n));
    all->resize(n);
    return std::move(*all);
}

constexpr const char* kUint = "a non-negative integer";
constexpr const char* kInt = "an integer of 64 bits";
constexpr const char* kFloat = "a finite number";
constexpr const char* kBool = "a bool";
constexpr const char* kString = "a string";

std::string text(uint64_t v) { return strf("%" PRIu64, v); }
std::string text(int64_t v) { return strf("%" PRId64, v); }
std::string text(double v) { return strf("%.9g", v); }
std::string text(bool v) { return v ? "true" : "false"; }
std::string text(std::string_view v) { return std::string(v); }

}  // namespace

size_t GgufValue::array_size() const noexcept {
    return std::visit(
        [](const auto& v) -> size_t {
            if constexpr (IsVector<std::decay_t<decltype(v)>>::value) return v.size();
            else return 0;
        },
        value);
}

const GgufValue* Gguf::find(std::string_view key) const noexcept {
    const auto entry = by_key_.find(key);
    return entry == by_key_.end() ? nullptr : &metadata_[entry->second].second;
}

const GgufTensor* Gguf::tensor(std::string_view name) const noexcept {
    const auto entry = by_name_.find(name);
    return entry == by_name_.end() ? nullptr : &tensors_[entry->second];
}

uint64_t Gguf::get_uint(std::string_view key) const { return get<uint64_t>(*this, key, kUint); }
uint64_t Gguf::get_uint(std::string_view key, uint64_t fallback) const { return has(key) ? get_uint(key) : fallback; }
int64_t Gguf::get_int(std::string_view key, int64_t fallback) const { return has(key) ? get<int64_t>(*this, key, kInt) : fallback; }
double Gguf::get_float(std::string_view key) const { return get<double>(*this, key, kFloat); }
double Gguf::get_float(std::string_view key, double fallback) const { return has(key) ? get_float(key) : fallback; }
bool Gguf::get_bool(std::string_view key, bool fallback) const { return has(key) ? get<bool>(*this, key, kBool) : fallback; }
std::string_view Gguf::get_string(std::string_view key) const { return get<std::string_view>(*this, key, kString); }
std::string_view Gguf::get_string(std::string_view key, std::string_view fallback) const { return has(key) ? get_string(key) : fallback; }

std::vector<uint64_t> Gguf::get_uints(std::string_view key, size_t n) const { return get_n<uint64_t>(*this, key, n, kUint); }
std::vector<bool> Gguf::get_bools(std::string_view key, size_t n) const { return get_n<bool>(*this, key, n, kBool); }
std::vector<double> Gguf::get_floats(std::string_view key) const { return get_array<double>(*this, key, "an array of finite numbers"); }
std::vector<int64_t> Gguf::get_ints(std::string_view key) const { return get_array<int64_t>(*this, key, "an array of integers"); }

const std::vector<std::string_view>& Gguf::get_strings(std::string_view key) const {
    const auto* strings = std::get_if<std::vector<std::string_view>>(&require(*this, key).value);
    if (!strings) fail_kind(*this, key, "an array of strings");
    return *strings;
}

std::string Gguf::describe(const GgufValue& value, size_t max_elements) const {
    return std::visit(
        [max_elements](const auto& v) -> std::string {
            if constexpr (!IsVector<std::decay_t<decltype(v)>>::value) {
                return text(v);
            } else {
                std::string out = "[";
                for (size_t i = 0; i < v.size() && i < max_elements; ++i) {
                    if (i > 0) out += ", ";
                    out += text(v[i]);
                }
                return out + (v.size() > max_elements ? strf(", ... (%zu)]", v.size()) : "]");
            }
        },
        value.value);
}

}  // namespace dlgo
