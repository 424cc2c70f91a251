// Blocks of every type against the values they stand for. Records: "DLQVEC01", int32 type n_blocks block_values block_bytes,
// the blocks, the values. blocks.bin has a few of each type, the shared reference data (if present) many.
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "core/quant/formats.h"

namespace {

namespace fs = std::filesystem;

fs::path shared_dir() {
    const char* dir = std::getenv("DLGO_SHARED");
    return dir ? fs::path(dir) : fs::path(DLGO_SOURCE_DIR) / ".." / "shared";
}

bool same(float want, float got) {
    return want == 0 ? got == 0 : std::fabs(got - want) <= 1e-6f * std::fabs(want);
}

// Checks every record of the file; returns the types it saw.
std::set<dlgo::Type> check_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string data{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    std::set<dlgo::Type> seen;
    for (size_t at = 0; at < data.size();) {
        REQUIRE(data.compare(at, 8, "DLQVEC01") == 0);
        int32_t head[4];
        std::memcpy(head, data.data() + at + 8, sizeof head);
        const auto n_blocks = static_cast<size_t>(head[1]), block = static_cast<size_t>(head[2]), bytes = static_cast<size_t>(head[3]);
        const dlgo::TypeTraits* type = dlgo::find_type(static_cast<uint32_t>(head[0]));
        REQUIRE(type);
        INFO(type->name);
        REQUIRE(type->block == block);
        REQUIRE(type->block_bytes == bytes);
        const size_t n = n_blocks * block;
        REQUIRE(data.size() - at >= 24 + n_blocks * bytes + n * sizeof(float));

        std::vector<float> want(n), got(n);
        std::memcpy(want.data(), data.data() + at + 24 + n_blocks * bytes, n * sizeof(float));
        dlgo::dequantize(type->type, data.data() + at + 24, got.data(), n);
        for (size_t i = 0; i < n; ++i) {
            if (!same(want[i], got[i])) FAIL("block " << i / block << " value " << i % block << ": " << got[i] << ", not " << want[i]);
        }
        seen.insert(type->type);
        at += 24 + n_blocks * bytes + n * sizeof(float);
    }
    return seen;
}

}  // namespace

TEST_CASE("every type's blocks have their values", "[quant]") {
    const std::set<dlgo::Type> seen = check_file(fs::path(DLGO_SOURCE_DIR) / "tests/quant/blocks.bin");
#define X(NAME, name, id, block, bytes) \
    if (dlgo::Type::NAME != dlgo::Type::F32) CHECK(seen.count(dlgo::Type::NAME) == 1);
#include "core/quant/formats.inc"
#undef X
}

TEST_CASE("blocks of the shared reference data have their values", "[quant][shared]") {
    const fs::path dir = shared_dir() / "goldens/quants";
    if (!fs::exists(dir)) SKIP("no shared reference data");
    for (const auto& entry : fs::directory_iterator(dir)) {
        if (entry.path().extension() == ".bin") CHECK(check_file(entry.path()).size() == 1);
    }
}

TEST_CASE("types are found by their number in files", "[quant]") {
    CHECK(dlgo::find_type(12)->type == dlgo::Type::Q4_K);
    CHECK(std::string(dlgo::traits(dlgo::Type::IQ2_XXS).name) == "IQ2_XXS");
    CHECK(dlgo::find_type(4) == nullptr);
    CHECK(dlgo::find_type(0xffffffff) == nullptr);
    CHECK(dlgo::type_bytes(dlgo::Type::Q6_K, 512) == 420);
}
