// Violations of the format, each named.
#include <catch2/catch_test_macros.hpp>
#include <functional>

#include "core/gguf/gguf.h"
#include "tests/support/errors.h"
#include "tests/support/gguf_writer.h"

using namespace dlgo;
using test::GgufWriter;
using test::thrown_by;

namespace {

test::Thrown parse_error(const std::string& bytes) {
    return thrown_by([&] { Gguf::parse(bytes.data(), bytes.size(), "bad.gguf"); });
}

std::string number(uint64_t v) { return {reinterpret_cast<const char*>(&v), 8}; }
std::string number32(uint32_t v) { return {reinterpret_cast<const char*>(&v), 4}; }

struct Case {
    const char* about;
    std::function<void(GgufWriter&)> make;
    const char* message;  // part of it
    dlgo_status code = DLGO_ERROR_FORMAT;
};

const std::string kData(4096, '\0');
constexpr uint32_t kArray = 9, kString = 8;

const Case kCases[] = {
    {"magic", [](auto& w) { w.magic = "GGML"; }, "bad.gguf: header: expected the magic 'GGUF'"},
    {"version 0", [](auto& w) { w.version = 0; }, "expected version 2 or 3, found 0"},
    {"version 1", [](auto& w) { w.version = 1; }, "version 1 is not supported", DLGO_ERROR_UNSUPPORTED},
    {"version 4", [](auto& w) { w.version = 4; }, "version 4 is not supported", DLGO_ERROR_UNSUPPORTED},
    {"big-endian", [](auto& w) { w.version = 3u << 24; }, "big-endian", DLGO_ERROR_UNSUPPORTED},
    {"value type", [](auto& w) { w.raw("k", 13, "1234"); }, "key 'k': value type: expected 0 to 12, found 13"},
    {"element type", [](auto& w) { w.raw("k", kArray, number32(99) + number(0)); }, "key 'k': element type: expected 0 to 12, found 99"},
    {"array of arrays", [](auto& w) { w.raw("k", kArray, number32(kArray) + number(1)); }, "key 'k': expected an array of numbers"},
    {"array length", [](auto& w) { w.raw("k", kArray, number32(4) + number(UINT64_MAX)); }, "key 'k': array length: expected at most"},
    {"array of strings length", [](auto& w) { w.raw("k", kArray, number32(kString) + number(1000)); }, "key 'k': array length"},
    {"string length", [](auto& w) { w.raw("k", kString, number(UINT64_MAX)); }, "key 'k': value at byte"},
    {"bool", [](auto& w) { w.number("k", GgufKind::Bool, uint8_t{2}); }, "key 'k': expected a bool, 0 or 1, found 2"},
    {"duplicate key", [](auto& w) { w.u32("k", 1).u32("k", 1); }, "key 'k': expected every key once"},
    {"empty key", [](auto& w) { w.u32("", 1); }, "expected a key of 1 to 65535 bytes, found 0"},
    {"long key", [](auto& w) { w.u32(std::string(65536, 'k'), 1); }, "expected a key of 1 to 65535 bytes"},
    {"key in bad UTF-8", [](auto& w) { w.u32("k\xFF", 1); }, "expected a key in UTF-8 without NUL, found 'k\\xFF'"},
    {"key with NUL", [](auto& w) { w.u32(std::string_view("k\0", 2), 1); }, "found 'k\\x00'"},
    {"alignment 0", [](auto& w) { w.u32("general.alignment", 0); }, "key 'general.alignment': expected a power of two"},
    {"alignment 48", [](auto& w) { w.u32("general.alignment", 48); }, "expected a power of two, at least 8, found 48"},
    {"alignment 4", [](auto& w) { w.u32("general.alignment", 4); }, "expected a power of two, at least 8, found 4"},
    {"alignment's type", [](auto& w) { w.i32("general.alignment", 32); }, "key 'general.alignment': expected a value of type u32, found i32"},
    {"empty tensor name", [](auto& w) { w.tensor_f32("", {1}, {1}); }, "tensor 1 of 1: expected a tensor name of 1 to 64 bytes"},
    {"long tensor name", [](auto& w) { w.tensor_f32(std::string(65, 't'), {1}, {1}); }, "of 1 to 64 bytes, found 65"},
    {"tensor name in bad UTF-8", [](auto& w) { w.tensor_f32("\xC0\x80", {1}, {1}); }, "found '\\xC0\\x80'"},
    {"duplicate tensor", [](auto& w) { w.tensor_f32("t", {1}, {1}).tensor_f32("t", {1}, {1}); }, "tensor 't': expected every tensor once"},
    {"dimensions", [](auto& w) { w.tensor_f32("t", {1, 1, 1, 1, 1}, {1}); }, "tensor 't': expected at most 4 dimensions, found 5"},
    {"dimension 0", [](auto& w) { w.tensor_f32("t", {4, 0}, {1}); }, "tensor 't': dimension 1: expected at least 1, found 0"},
    {"product of dimensions", [](auto& w) { w.tensor_f32("t", {1u << 31, 1u << 31, 2}, {}); }, "tensor 't': dimension 2: the product"},
    {"huge dimension", [](auto& w) { w.tensor_f32("t", {UINT64_MAX}, {}); }, "tensor 't': dimension 0: the product"},
    {"tensor type", [](auto& w) { w.tensor_entry("t", 200, {1}, 0); }, "tensor 't': tensor type 200", DLGO_ERROR_UNSUPPORTED},
    {"removed tensor type", [](auto& w) { w.tensor_entry("t", 4, {32}, 0); }, "tensor 't': tensor type 4", DLGO_ERROR_UNSUPPORTED},
    {"block", [](auto& w) { w.tensor("t", Type::Q4_K, {128, 2}, kData); }, "multiple of 256, the block of Q4_K, found 128"},
    {"offset's alignment", [](auto& w) { w.tensor_entry("t", 0, {1}, 8); }, "tensor 't': expected a data offset that is a multiple of 32, found 8"},
    {"offset overflow", [](auto& w) { w.tensor_entry("t", 0, {1}, UINT64_MAX - 31); }, "tensor 't': data offset 18446744073709551584 overflows"},
    {"data outside", [](auto& w) { w.tensor_f32("t", {9}, {1, 2, 3}); }, "tensor 't': expected data at bytes"},
    {"offset outside", [](auto& w) { w.tensor_entry("t", 0, {1}, 1 << 20); }, "tensor 't': expected data at bytes"},
    {"overlap", [](auto& w) { w.tensor_f32("a", {16}, {}).tensor("b", Type::F32, {16}, kData); }, "tensor 'b': expected data of its own, found it overlapping tensor 'a'"},
};

}  // namespace

TEST_CASE("violations of the format are named", "[gguf]") {
    for (const Case& c : kCases) {
        INFO(c.about);
        GgufWriter w;
        c.make(w);
        const auto error = parse_error(w.bytes());
        CHECK(error.code == c.code);
        INFO(error.message);
        CHECK(error.says("bad.gguf: "));
        CHECK(error.says(c.message));
    }
}

TEST_CASE("corrupt counts are refused", "[gguf]") {
    const std::string bytes = GgufWriter().u32("k", 1).tensor_f32("t", {1}, {1}).bytes();
    for (const size_t at : {size_t{8}, size_t{16}}) {
        for (const uint64_t n : {uint64_t{100}, uint64_t{1} << 40, UINT64_MAX}) {
            std::string bad = bytes;
            bad.replace(at, 8, number(n));
            CHECK(parse_error(bad).says(at == 8 ? "number of tensors: expected at most" : "number of keys: expected at most"));
        }
    }
}

TEST_CASE("more array elements than any model has are refused", "[gguf]") {
    GgufWriter w;
    w.raw("k", kArray, number32(0) + number((1u << 26) + 1) + std::string((1u << 26) + 1, 'x'));
    CHECK(parse_error(w.bytes()).says("key 'k': expected at most 67108864 array elements"));
}

TEST_CASE("no prefix of a file is accepted", "[gguf]") {
    GgufWriter w;
    w.string("general.architecture", "llama").strings("tokens", {"a", "b", "c"}).f32("f", 1);
    w.tensor("q", Type::Q8_0, {64, 4}, std::string(272, 'q')).tensor_f32("x", {8}, std::vector<float>(8, 1.f));
    const std::string bytes = w.bytes();
    for (size_t n = 0; n < bytes.size(); ++n) {
        const auto error = parse_error(bytes.substr(0, n));
        if (error.code != DLGO_ERROR_FORMAT || !error.says("bad.gguf")) FAIL("prefix of " << n << " bytes: " << error.message);
    }
}
