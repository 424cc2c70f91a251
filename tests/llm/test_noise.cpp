// Damaged files through the C API: a status each time, and what does load also runs.
#include <catch2/catch_test_macros.hpp>
#include <random>

#include "include/dlgo.h"
#include "tests/support/files.h"
#include "tests/support/tiny_models.h"

using namespace dlgo::test;

namespace {

dlgo_llm_options options() {
    dlgo_llm_options o;
    dlgo_llm_options_init(&o);
    o.device = "cpu";
    o.threads = 1;
    return o;
}

// Loads, and evaluates a few tokens if it could; the first status that is not OK.
dlgo_status use(const std::string& path) {
    const dlgo_llm_options o = options();
    dlgo_llm* llm = nullptr;
    dlgo_status status = dlgo_llm_load(path.c_str(), &o, &llm);
    if (status != DLGO_OK) return status;
    dlgo_session_options so;
    dlgo_session_options_init(&so);
    so.n_ctx = 8;
    so.n_ubatch = 4;
    dlgo_session* session = nullptr;
    status = dlgo_session_create(llm, &so, &session);
    dlgo_llm_free(llm);
    if (status != DLGO_OK) return status;
    const int32_t tokens[] = {1, 5, 9};
    status = dlgo_session_eval(session, tokens, 3, nullptr);
    dlgo_session_free(session);
    return status;
}

}  // namespace

TEST_CASE("every beginning of a file is refused with a status", "[llm][noise]") {
    const TempDir dir;
    const std::string bytes = tiny_file(tiny_models().front());
    REQUIRE(use(dir.write("whole.gguf", bytes)) == DLGO_OK);
    for (size_t i = 0; i < 200; ++i) {
        const size_t n = bytes.size() * i / 200;
        CAPTURE(n);
        CHECK(use(dir.write("cut.gguf", bytes.substr(0, n))) == DLGO_ERROR_FORMAT);
        CHECK(std::string(dlgo_last_error()).find("cut.gguf") != std::string::npos);
    }
}

TEST_CASE("flipped bits give a status, never a crash", "[llm][noise]") {
    const TempDir dir;
    std::mt19937 random(7);
    for (const TinyModel& model : {tiny_models()[0], tiny_models()[5], tiny_models()[7]}) {
        CAPTURE(model.arch);
        const std::string valid = tiny_file(model);
        const size_t end = std::min<size_t>(valid.size(), 65536);
        for (int i = 0; i < 700; ++i) {
            std::string bytes = valid;
            const size_t at = random() % (i % 2 ? end : std::min<size_t>(end, 6000));  // the header, mostly
            bytes[at] = static_cast<char>(bytes[at] ^ (1u << random() % 8));
            const dlgo_status status = use(dir.write("noise.gguf", bytes));
            CHECK((status <= DLGO_OK && status >= DLGO_ERROR_DEVICE));
        }
    }
}

TEST_CASE("files that are no models", "[llm][noise]") {
    const TempDir dir;
    CHECK(use(dir.file("missing.gguf")) == DLGO_ERROR_IO);
    CHECK(use(dir.write("empty.gguf", "")) == DLGO_ERROR_FORMAT);
    CHECK(use(dir.write("text.gguf", std::string(5000, 'x'))) == DLGO_ERROR_FORMAT);
    CHECK(use(dir.file("")) == DLGO_ERROR_IO);  // a directory
}
