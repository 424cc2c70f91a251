// Reading valid files.
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <limits>

#include "core/gguf/gguf.h"
#include "tests/support/errors.h"
#include "tests/support/files.h"
#include "tests/support/gguf_writer.h"

using namespace dlgo;
using test::GgufWriter;
using test::thrown_by;

static std::shared_ptr<const Gguf> parse(const GgufWriter& w) {
    const std::string bytes = w.bytes();
    return Gguf::parse(bytes.data(), bytes.size(), "test.gguf");
}

static GgufWriter sample_file() {
    GgufWriter w;
    w.string("general.architecture", "llama").u32("n", 7).i32("negative", -3).f32("f", 0.5f).boolean("yes", true);
    w.number("u8", GgufKind::U8, uint8_t{200}).number("i8", GgufKind::I8, int8_t{-100}).number("i16", GgufKind::I16, int16_t{-30000});
    w.number("u64", GgufKind::U64, UINT64_MAX).number("i64", GgufKind::I64, INT64_MIN).number("f64", GgufKind::F64, 1e300);
    w.f32("nan", std::numeric_limits<float>::quiet_NaN()).string("empty", "");
    w.array<uint8_t>("bools", GgufKind::Bool, {1, 0, 1}).array<int32_t>("ints", GgufKind::I32, {3, 2, 1, -1});
    w.array<float>("floats", GgufKind::F32, {1, 2.5f}).array<uint16_t>("shorts", GgufKind::U16, {1, 2, 3});
    w.strings("tokens", {"a", "", "\xFF", "bcd"}).array<uint32_t>("none", GgufKind::U32, {});
    w.tensor_f32("x", {3, 2}, {1, 2, 3, 4, 5, 6});
    w.tensor("q", Type::Q8_0, {64}, std::string(68, 'q')).tensor_f32("scalar", {}, {9});
    return w;
}

TEST_CASE("metadata is typed", "[gguf]") {
    const auto g = parse(sample_file());
    CHECK(g->path() == "test.gguf");
    CHECK(g->metadata().size() == 19);
    CHECK(g->metadata()[0].first == "general.architecture");
    CHECK(g->has("n"));
    CHECK(!g->has("m"));
    CHECK(g->get_string("general.architecture") == "llama");
    CHECK(g->get_string("m", "fallback") == "fallback");
    CHECK(g->get_string("empty").empty());
    CHECK(g->get_uint("n") == 7);
    CHECK(g->get_uint("u8") == 200);
    CHECK(g->get_uint("u64") == UINT64_MAX);
    CHECK(g->get_uint("m", 5) == 5);
    CHECK(g->get_int("negative", 0) == -3);
    CHECK(g->get_int("i8", 0) == -100);
    CHECK(g->get_int("i16", 0) == -30000);
    CHECK(g->get_int("i64", 0) == INT64_MIN);
    CHECK(g->get_float("f") == 0.5);
    CHECK(g->get_float("f64") == 1e300);
    CHECK(g->get_float("n") == 7.0);
    CHECK(g->get_float("m", 0.25) == 0.25);
    CHECK(g->get_bool("yes", false));
    CHECK(g->get_bool("m", true));
    CHECK(g->get_uints("n", 3) == std::vector<uint64_t>{7, 7, 7});
    CHECK(g->get_uints("shorts", 2) == std::vector<uint64_t>{1, 2});
    CHECK(g->get_bools("bools", 3) == std::vector<bool>{true, false, true});
    CHECK(g->get_bools("yes", 2) == std::vector<bool>{true, true});
    CHECK(g->get_ints("ints") == std::vector<int64_t>{3, 2, 1, -1});
    CHECK(g->get_floats("floats") == std::vector<double>{1, 2.5});
    CHECK(g->get_floats("ints").size() == 4);
    CHECK(g->get_strings("tokens") == std::vector<std::string_view>{"a", "", "\xFF", "bcd"});
    CHECK(g->find("none")->array_size() == 0);
    CHECK(g->find("tokens")->array_size() == 4);
}

TEST_CASE("wrong types and ranges are named", "[gguf]") {
    const auto g = parse(sample_file());
    const auto missing = thrown_by([&] { g->get_uint("m"); });
    CHECK(missing.code == DLGO_ERROR_FORMAT);
    CHECK(missing.message == "test.gguf: key 'm': missing");
    CHECK(thrown_by([&] { g->get_uint("negative"); }).message ==
          "test.gguf: key 'negative': expected a non-negative integer, found i32 '-3'");
    CHECK(thrown_by([&] { g->get_uints("ints", 4); }).says("found array of 4 i32 '[3, 2, 1, -1]'"));
    CHECK(thrown_by([&] { g->get_uints("shorts", 4); }).says("an array of at least 4"));
    CHECK(thrown_by([&] { g->get_int("u64", 0); }).code == DLGO_ERROR_FORMAT);
    CHECK(thrown_by([&] { g->get_float("nan"); }).says("a finite number"));
    CHECK(thrown_by([&] { g->get_float("yes"); }).says("a finite number"));
    CHECK(thrown_by([&] { g->get_bool("n", false); }).says("a bool"));
    CHECK(thrown_by([&] { g->get_string("n"); }).says("a string"));
    CHECK(thrown_by([&] { g->get_strings("ints"); }).says("an array of strings"));
    CHECK(thrown_by([&] { g->get_ints("n"); }).says("an array of integers"));
}

TEST_CASE("values are described as text", "[gguf]") {
    const auto g = parse(sample_file());
    CHECK(g->describe(*g->find("n")) == "7");
    CHECK(g->describe(*g->find("f")) == "0.5");
    CHECK(g->describe(*g->find("yes")) == "true");
    CHECK(g->describe(*g->find("general.architecture")) == "llama");
    CHECK(g->describe(*g->find("bools")) == "[true, false, true]");
    CHECK(g->describe(*g->find("ints"), 2) == "[3, 2, ... (4)]");
}

TEST_CASE("tensors have shape, size and data", "[gguf]") {
    const auto g = parse(sample_file());
    REQUIRE(g->tensors().size() == 3);
    const GgufTensor& x = *g->tensor("x");
    CHECK(x.n_dims == 2);
    CHECK(x.dims[0] == 3);
    CHECK(x.dims[1] == 2);
    CHECK(x.dims[3] == 1);
    CHECK(x.n_values() == 6);
    CHECK(x.bytes == 24);
    float values[6];
    std::memcpy(values, x.data, sizeof values);
    CHECK(values[5] == 6);
    CHECK(g->tensor("q")->type == Type::Q8_0);
    CHECK(g->tensor("q")->bytes == 68);
    CHECK(g->tensor("q")->data[0] == 'q');
    CHECK(g->tensor("scalar")->n_values() == 1);
    CHECK(g->tensor("y") == nullptr);
}

TEST_CASE("version 2 and other alignments are read", "[gguf]") {
    GgufWriter w;
    w.version = 2;
    w.alignment = 128;
    w.u32("general.alignment", 128).tensor_f32("a", {1}, {1}).tensor_f32("b", {1}, {2});
    const auto g = parse(w);
    CHECK(g->tensor("b")->file_offset % 128 == 0);
    CHECK(g->tensor("b")->file_offset == g->tensor("a")->file_offset + 128);
}

TEST_CASE("files are mapped, read into memory, or opened for their header", "[gguf]") {
    const test::TempDir dir;
    const GgufWriter w = sample_file();
    const std::string path = dir.write("model.gguf", w.bytes());
    for (const bool use_mmap : {true, false}) {
        Gguf::Options options;
        options.use_mmap = use_mmap;
        const auto g = Gguf::open(path, options);
        CHECK(g->file_bytes() == w.bytes().size());
        CHECK(g->tensor("q")->data[67] == 'q');
    }
    Gguf::Options header;
    header.header_only = true;
    const auto g = Gguf::open(dir.write("header.gguf", w.header()), header);
    CHECK(g->tensors().size() == 3);
    CHECK(g->tensor("x")->data == nullptr);

    Gguf::Options stopped;
    stopped.use_mmap = false;
    stopped.progress = [](float) { return true; };
    CHECK(thrown_by([&] { Gguf::open(path, stopped); }).code == DLGO_ERROR_CANCELLED);
    CHECK(thrown_by([&] { Gguf::open(dir.file("none.gguf"), {}); }).code == DLGO_ERROR_IO);
    CHECK(thrown_by([&] { Gguf::open(dir.write("empty.gguf", ""), {}); }).code == DLGO_ERROR_FORMAT);
}

TEST_CASE("shared models are read", "[gguf][shared]") {
    const auto dir = test::shared_dir() / "models";
    if (!std::filesystem::exists(dir)) SKIP("no shared models");
    size_t n = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(dir)) {
        if (entry.path().extension() != ".gguf") continue;
        const auto g = Gguf::open(entry.path().string(), {});
        CHECK(!g->get_string("general.architecture").empty());
        ++n;
    }
    CHECK(n > 0);
}
