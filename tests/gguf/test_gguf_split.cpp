// Models in several files.
#include <catch2/catch_test_macros.hpp>

#include "core/gguf/gguf.h"
#include "tests/support/errors.h"
#include "tests/support/files.h"
#include "tests/support/gguf_writer.h"

using namespace dlgo;
using test::GgufWriter;
using test::thrown_by;

namespace {

GgufWriter shard(uint16_t no, uint16_t n, int32_t tensors) {
    GgufWriter w;
    w.u16("split.no", no).u16("split.count", n).i32("split.tensors.count", tensors);
    return w;
}

// Three shards with one tensor each; a test may replace one.
struct Split {
    test::TempDir dir;
    std::string first;
    Split() {
        first = write(0, shard(0, 3, 3).string("general.architecture", "llama").tensor_f32("a", {1}, {1}));
        write(1, shard(1, 3, 3).tensor_f32("b", {2}, {1, 2}));
        write(2, shard(2, 3, 3).tensor_f32("c", {1}, {3}));
    }
    std::string write(int no, const GgufWriter& w) {
        return dir.write("m-0000" + std::to_string(no + 1) + "-of-00003.gguf", w.bytes());
    }
    test::Thrown error() const {
        return thrown_by([&] { Gguf::open(first, {}); });
    }
};

}  // namespace

TEST_CASE("shards are read as one model", "[gguf]") {
    Split split;
    for (const bool use_mmap : {true, false}) {
        Gguf::Options options;
        options.use_mmap = use_mmap;
        const auto g = Gguf::open(split.first, options);
        CHECK(g->tensors().size() == 3);
        CHECK(g->tensor("c")->shard == 2);
        float c;
        std::memcpy(&c, g->tensor("c")->data, sizeof c);
        CHECK(c == 3);
        CHECK(g->get_string("general.architecture") == "llama");
        CHECK(g->get_uint("split.no") == 0);
    }
}

TEST_CASE("shards that do not belong together are named", "[gguf]") {
    Split split;
    SECTION("missing") {
        std::filesystem::remove(split.dir.file("m-00002-of-00003.gguf"));
        CHECK(split.error().code == DLGO_ERROR_IO);
        CHECK(split.error().says("m-00002-of-00003.gguf"));
    }
    SECTION("number") {
        split.write(1, shard(2, 3, 3).tensor_f32("b", {1}, {1}));
        CHECK(split.error().says("m-00002-of-00003.gguf: key 'split.no': expected 1, found 2"));
    }
    SECTION("count") {
        split.write(1, shard(1, 4, 3).tensor_f32("b", {1}, {1}));
        CHECK(split.error().says("key 'split.count': expected 3, found 4"));
    }
    SECTION("count of tensors in one shard") {
        split.write(1, shard(1, 3, 4).tensor_f32("b", {1}, {1}));
        CHECK(split.error().says("key 'split.tensors.count': expected 3, found 4"));
    }
    SECTION("count of tensors in all shards") {
        split.write(1, shard(1, 3, 3));
        CHECK(split.error().says("expected the 2 tensors of all shards, found 3"));
    }
    SECTION("no split keys") {
        split.write(1, GgufWriter().tensor_f32("b", {1}, {1}));
        CHECK(split.error().says("m-00002-of-00003.gguf: key 'split.no': missing"));
    }
    SECTION("duplicate tensor") {
        split.write(2, shard(2, 3, 3).tensor_f32("a", {1}, {1}));
        CHECK(split.error().says("m-00003-of-00003.gguf: tensor 'a': expected every tensor once"));
    }
    SECTION("contradicting keys") {
        split.write(2, shard(2, 3, 3).string("general.architecture", "qwen2").tensor_f32("c", {1}, {1}));
        CHECK(split.error().says("m-00003-of-00003.gguf: key 'general.architecture': expected the value that another shard has"));
    }
    SECTION("kind of split keys") {
        split.write(0, GgufWriter().string("split.count", "3"));
        CHECK(split.error().says("key 'split.count': expected a count, found string"));
    }
    SECTION("not the first shard") {
        const auto error = thrown_by([&] { Gguf::open(split.dir.file("m-00002-of-00003.gguf"), {}); });
        CHECK(error.code == DLGO_ERROR_INVALID_ARGUMENT);
        CHECK(error.says("-00001-of-00003.gguf"));
    }
    SECTION("renamed") {
        std::filesystem::rename(split.first, split.dir.file("m.gguf"));
        const auto error = thrown_by([&] { Gguf::open(split.dir.file("m.gguf"), {}); });
        CHECK(error.code == DLGO_ERROR_FORMAT);
        CHECK(error.says("expected a file name ending in -00001-of-00003.gguf"));
    }
}
