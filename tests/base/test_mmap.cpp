#include "core/base/mmap.h"

#include <catch2/catch_test_macros.hpp>

#include "tests/support/errors.h"
#include "tests/support/files.h"

using namespace dlgo;

static std::string text(const FileBytes& bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

TEST_CASE("files are mapped, read and moved", "[base]") {
    const test::TempDir dir;
    const std::string path = dir.write("file", "some bytes");
    FileBytes mapped = FileBytes::map(path);
    CHECK(text(mapped) == "some bytes");
    mapped.populate(mapped.data(), mapped.size());
    mapped.populate(nullptr, 1);
    CHECK(text(FileBytes::read(path)) == "some bytes");
    CHECK(text(FileBytes::copy("abc", 3)) == "abc");
    CHECK(read_file(path) == "some bytes");

    const FileBytes moved = std::move(mapped);
    CHECK(text(moved) == "some bytes");
    CHECK(mapped.data() == nullptr);

    const std::string empty = dir.write("empty", "");
    CHECK(FileBytes::map(empty).size() == 0);
    CHECK(read_file(empty).empty());
}

TEST_CASE("files that cannot be read are errors", "[base]") {
    const test::TempDir dir;
    const auto missing = test::thrown_by([&] { FileBytes::map(dir.file("missing")); });
    CHECK(missing.code == DLGO_ERROR_IO);
    CHECK(missing.says("missing"));
    CHECK(test::thrown_by([&] { FileBytes::read(dir.file(".")); }).says("not a regular file"));
    CHECK(test::thrown_by([] { read_file(""); }).code == DLGO_ERROR_IO);
    const std::string path = dir.write("file", "some bytes");
    CHECK(test::thrown_by([&] { FileBytes::read(path, [](float) { return true; }); }).code == DLGO_ERROR_CANCELLED);
}
