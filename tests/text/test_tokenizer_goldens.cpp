// Ids from llama.cpp for the vocabularies beside the checkout; every vocabulary there can be read.
#include <catch2/catch_test_macros.hpp>
#include <cstdio>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/gguf/gguf.h"
#include "core/text/tokenizer.h"
#include "tests/support/files.h"

using namespace dlgo;
namespace fs = std::filesystem;

namespace {

std::string unpacked(const fs::path& path) {
    std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(("xz -dc '" + path.string() + "'").c_str(), "r"), ::pclose);
    std::string out;
    std::vector<char> chunk(1 << 16);
    while (pipe) {
        const size_t n = std::fread(chunk.data(), 1, chunk.size(), pipe.get());
        if (n == 0) break;
        out.append(chunk.data(), n);
    }
    return out;
}

std::unique_ptr<Tokenizer> open_packed(const fs::path& path) {
    const std::string bytes = unpacked(path);
    REQUIRE(!bytes.empty());
    return Tokenizer::create(*Gguf::parse(bytes.data(), bytes.size(), path.filename().string()));
}

std::string from_base64(const std::string& text) {
    const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    uint32_t bits = 0, n = 0;
    for (const char c : text) {
        const size_t digit = alphabet.find(c);
        if (digit == alphabet.npos) break;
        bits = bits << 6 | static_cast<uint32_t>(digit);
        if ((n += 6) >= 8) out.push_back(static_cast<char>(bits >> (n -= 8)));
    }
    return out;
}

std::vector<fs::path> files_in(const fs::path& dir, const std::string& extension) {
    std::vector<fs::path> out;
    if (!fs::is_directory(dir)) SKIP("no reference data at " << dir);
    for (const auto& entry : fs::directory_iterator(dir)) {
        if (entry.path().extension() == extension) out.push_back(entry.path());
    }
    return out;
}

}  // namespace

TEST_CASE("tokenizer goldens: the same ids, and the text back", "[tokenizer]") {
    const fs::path dir = test::shared_dir() / "goldens" / "tokenizers";
    for (const auto& cases : files_in(dir, ".jsonl")) {
        const auto tokenizer = open_packed(dir / ("ggml-vocab-" + cases.stem().string() + ".gguf.xz"));
        std::ifstream in(cases);
        for (std::string line; std::getline(in, line);) {
            const auto c = nlohmann::json::parse(line);
            const bool valid = c.contains("text");
            const std::string text = valid ? c["text"].get<std::string>() : from_base64(c["text_b64"].get<std::string>());
            const bool parse_special = c["parse_special"].get<bool>();
            const auto ids = tokenizer->encode(text, c["add_special"].get<bool>(), parse_special);
            INFO(cases.filename() << ": " << line);
            REQUIRE(ids == c["ids"].get<std::vector<int32_t>>());
            if (valid && !parse_special) REQUIRE(tokenizer->decode(ids.data(), ids.size(), false) == text);
        }
    }
}

TEST_CASE("tokenizer goldens: every vocabulary gives texts back", "[tokenizer]") {
    const std::string text = "Hello, wörld!  \n\n\t3.14 don't 你好 😀 'LL \u00a0x";
    for (const auto& file : files_in(test::shared_dir() / "models" / "vocabs", ".xz")) {
        INFO(file.filename());
        const auto tokenizer = open_packed(file);
        const auto ids = tokenizer->encode(text, false, false);
        CHECK(tokenizer->decode(ids.data(), ids.size(), false) == text);
        CHECK(tokenizer->eos() >= 0);
        CHECK(tokenizer->is_end_of_generation(tokenizer->eos()));
    }
}
