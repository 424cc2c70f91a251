// Trained models, where the shared reference data is at hand.
#include <catch2/catch_test_macros.hpp>
#include <filesystem>

#include "core/base/mmap.h"
#include "include/dlgo.h"
#include "tests/support/files.h"

TEST_CASE("the greedy text of stories260K", "[llm][shared]") {
    const auto dir = dlgo::test::shared_dir() / "models" / "stories260K";
    const std::string path = (dir / "stories260K-F32.gguf").string();
    if (!std::filesystem::exists(path)) SKIP("no " << path);
    dlgo_llm* llm = nullptr;
    dlgo_session* session = nullptr;
    char* text = nullptr;
    dlgo_generate_options options;
    dlgo_generate_options_init(&options);
    options.temperature = 0;
    options.max_tokens = 200;
    REQUIRE(dlgo_llm_load(path.c_str(), nullptr, &llm) == DLGO_OK);
    REQUIRE(dlgo_session_create(llm, nullptr, &session) == DLGO_OK);
    REQUIRE(dlgo_generate(session, "", &options, &text) == DLGO_OK);
    CHECK(std::string(text) + "\n" == dlgo::read_file((dir / "golden_t0_n200.txt").string()));
    dlgo_free(text);
    dlgo_session_free(session);
    dlgo_llm_free(llm);
}
