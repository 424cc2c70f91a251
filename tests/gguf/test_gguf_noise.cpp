// Damaged files: any result but a crash, and any error is one that names the file.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <random>

#include "core/gguf/gguf.h"
#include "tests/support/errors.h"
#include "tests/support/files.h"
#include "tests/support/gguf_writer.h"

using namespace dlgo;

namespace {

std::string small_model() {
    test::GgufWriter w;
    w.string("general.architecture", "llama").strings("tokenizer.ggml.tokens", {"<s>", "a", "b"}).f32("eps", 1e-5f);
    w.array<float>("scores", GgufKind::F32, {0, 1, 2}).u32("llama.block_count", 2).boolean("add_bos", true);
    for (int i = 0; i < 8; ++i) {
        w.tensor("blk." + std::to_string(i) + ".weight", Type::Q8_0, {32, 2}, std::string(68, 'w'));
        w.tensor_f32("blk." + std::to_string(i) + ".norm", {4}, {1, 1, 1, 1});
    }
    return w.bytes();
}

void parse_damaged(const std::string& bytes) {
    const auto error = test::thrown_by([&] {
        const auto g = Gguf::parse(bytes.data(), bytes.size(), "noise.gguf");
        uint8_t sum = 0;
        for (const GgufTensor& t : g->tensors()) sum = static_cast<uint8_t>(sum + t.data[0] + t.data[t.bytes - 1]);
        for (const auto& [key, value] : g->metadata()) sum = static_cast<uint8_t>(sum + key[0] + g->describe(value).size());
        [[maybe_unused]] volatile uint8_t sink = sum;
    });
    if (error.code == DLGO_OK) return;
    if (error.code != DLGO_ERROR_FORMAT && error.code != DLGO_ERROR_UNSUPPORTED) FAIL("status " << error.code << ": " << error.message);
    if (!error.says("noise.gguf: ")) FAIL(error.message);
}

void damage(const std::string& bytes, size_t region, int flips, uint32_t seed) {
    std::mt19937 random(seed);
    for (int i = 0; i < flips; ++i) {
        std::string bad = bytes;
        const size_t n = 1 + random() % 3;
        for (size_t k = 0; k < n; ++k) bad[random() % std::min(region, bad.size())] = static_cast<char>(random());
        parse_damaged(bad);
    }
}

void truncate(const std::string& bytes, size_t steps) {
    for (size_t i = 0; i < steps; ++i) parse_damaged(bytes.substr(0, bytes.size() * i / steps));
}

}  // namespace

TEST_CASE("damaged files do no harm", "[gguf]") {
    const std::string bytes = small_model();
    truncate(bytes, 200);
    damage(bytes, 64 << 10, 2000, 1);
}

TEST_CASE("damaged shared models do no harm", "[gguf][shared]") {
    const auto path = test::shared_dir() / "models/stories260K/stories260K-Q8_0.gguf";
    if (!std::filesystem::exists(path)) SKIP("no shared models");
    std::ifstream file(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    truncate(bytes, 200);
    damage(bytes, 64 << 10, 2000, 2);
}
