#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <thread>

#include "core/base/mmap.h"
#include "models/llm/session.h"
#include "tests/support/errors.h"
#include "tests/support/files.h"
#include "tests/support/tiny_models.h"

using namespace dlgo;
using namespace dlgo::test;

namespace {

constexpr size_t kTokens = 40;  // longer than every window

std::vector<int32_t> some_tokens(size_t n) {
    std::vector<int32_t> out;
    for (size_t i = 0; i < n; ++i) out.push_back(static_cast<int32_t>((i * 37 + 11) % 64));
    return out;
}

class Fixture {
public:
    explicit Fixture(const TinyModel& tiny) {
        ModelOptions options;
        options.device = "cpu";
        options.threads = 2;
        model = Model::load(dir.write("tiny.gguf", tiny_file(tiny)), options);
    }
    std::unique_ptr<Session> session(uint32_t n_ctx = 0, uint32_t n_ubatch = 512) const {
        return std::make_unique<Session>(model, n_ctx, n_ubatch, CacheType::F32);
    }

    TempDir dir;
    std::shared_ptr<const Model> model;
};

// Logits after each token, fed in batches of n.
std::vector<float> all_logits(Session& s, std::span<const int32_t> tokens, size_t n) {
    const size_t n_vocab = s.model().plan().n_vocab;
    std::vector<float> out(tokens.size() * n_vocab);
    for (size_t i = 0; i < tokens.size(); i += n) {
        s.eval(tokens.subspan(i, std::min(n, tokens.size() - i)), Session::Rows::All, out.data() + i * n_vocab);
    }
    return out;
}

double nmse(std::span<const float> want, std::span<const float> got) {
    double error = 0, power = 1e-30;
    for (size_t i = 0; i < want.size(); ++i) {
        error += (want[i] - got[i]) * (want[i] - got[i]);
        power += want[i] * want[i];
    }
    return std::isfinite(error) ? error / power : 1e30;
}

}  // namespace

TEST_CASE("batches, ubatches and single tokens give the same logits", "[llm][session]") {
    const auto tokens = some_tokens(kTokens);
    for (const TinyModel& tiny : tiny_models()) {
        CAPTURE(tiny.arch);
        const Fixture f(tiny);
        const auto want = all_logits(*f.session(), tokens, kTokens);
        CHECK(nmse(want, all_logits(*f.session(), tokens, 1)) < 1e-9);
        CHECK(nmse(want, all_logits(*f.session(), tokens, 7)) < 1e-9);
        CHECK(nmse(want, all_logits(*f.session(0, 5), tokens, kTokens)) < 1e-9);
    }
}

TEST_CASE("the last token's logits alone are those it has among all", "[llm][session]") {
    const auto tokens = some_tokens(kTokens);
    const std::span<const int32_t> all(tokens);
    for (const TinyModel& tiny : tiny_models()) {
        CAPTURE(tiny.arch);
        const Fixture f(tiny);
        const size_t n_vocab = f.model->plan().n_vocab;
        const auto want = all_logits(*f.session(), tokens, kTokens);
        for (const uint32_t n_ubatch : {512u, 7u}) {
            const auto s = f.session(0, n_ubatch);
            std::vector<float> got(n_vocab);
            const auto check = [&](size_t end) { CHECK(nmse(std::span(want).subspan((end - 1) * n_vocab, n_vocab), got) < 1e-9); };
            s->eval(all.first(20), Session::Rows::Last, got.data());
            check(20);
            s->eval(all.subspan(20, 9), Session::Rows::None, nullptr);
            s->eval(all.subspan(29), Session::Rows::Last, got.data());
            check(kTokens);
        }
    }
}

TEST_CASE("truncate goes back to where the state is known", "[llm][session]") {
    const auto tokens = some_tokens(kTokens);
    const std::span<const int32_t> all(tokens);
    for (const TinyModel& tiny : tiny_models()) {
        CAPTURE(tiny.arch);
        const Fixture f(tiny);
        const auto s = f.session(0, 8);
        const size_t n_vocab = f.model->plan().n_vocab;
        std::vector<float> want(n_vocab), got(n_vocab);
        s->eval(all.first(24), Session::Rows::None, nullptr);
        s->eval(all.subspan(24, 6), Session::Rows::Last, want.data());
        for (size_t i = 30; i < 33; ++i) s->eval(all.subspan(i, 1), Session::Rows::None, nullptr);
        s->truncate(24);  // the end of an eval, and the rings still hold the window before it
        CHECK(s->position() == 24);
        s->eval(all.subspan(24, 6), Session::Rows::Last, got.data());
        CHECK(nmse(want, got) < 1e-9);

        const Thrown thrown = thrown_by([&] { s->truncate(11); });
        if (thrown.code != DLGO_OK) {
            CHECK(thrown.code == DLGO_ERROR_UNSUPPORTED);
            CHECK(s->position() == 30);
        }
        CHECK(thrown_by([&] { s->truncate(31); }).code == DLGO_ERROR_INVALID_ARGUMENT);
        CHECK(s->truncate_at_most(25) <= 25);
        s->truncate(0);
        s->eval(all.first(24), Session::Rows::None, nullptr);
        s->eval(all.subspan(24, 6), Session::Rows::Last, got.data());
        CHECK(nmse(want, got) < 1e-9);
    }
}

TEST_CASE("a marked position can be gone back to from anywhere", "[llm][session]") {
    const auto tokens = some_tokens(90);
    const std::span<const int32_t> all(tokens);
    for (const TinyModel& tiny : tiny_models()) {
        CAPTURE(tiny.arch);
        const Fixture f(tiny);
        const size_t n_vocab = f.model->plan().n_vocab;
        std::vector<float> want(n_vocab), got(n_vocab);
        const auto reference = f.session(0, 4);
        reference->eval(all.first(26), Session::Rows::Last, want.data());

        const auto s = f.session(0, 4);
        s->eval(all.first(20), Session::Rows::None, nullptr);
        s->mark();
        for (int turn = 0; turn < 2; ++turn) {
            s->eval(all.subspan(30, 25), Session::Rows::None, nullptr);
            for (size_t i = 60; i < 85; ++i) s->eval(all.subspan(i, 1), Session::Rows::None, nullptr);
            CHECK(s->truncate_at_most(22) >= 20);
            s->truncate(20);
            s->eval(all.subspan(20, 6), Session::Rows::Last, got.data());
            CHECK(nmse(want, got) < 1e-9);
        }
        // Windows that end before it are not known any more.
        const Thrown thrown = thrown_by([&] { s->truncate(17); });
        CHECK((thrown.code == DLGO_OK || thrown.code == DLGO_ERROR_UNSUPPORTED));
        CHECK((thrown.code == DLGO_OK) == !s->forgets());
    }
}

TEST_CASE("a saved session goes on as if nothing had happened", "[llm][session]") {
    const auto tokens = some_tokens(kTokens);
    const std::span<const int32_t> all(tokens);
    for (const TinyModel& tiny : tiny_models()) {
        CAPTURE(tiny.arch);
        const Fixture f(tiny);
        const std::string path = f.dir.file("session");
        const size_t n_vocab = f.model->plan().n_vocab;
        std::vector<float> want(n_vocab), got(n_vocab);
        const auto a = f.session(0, 8);
        a->eval(all.first(29), Session::Rows::None, nullptr);
        a->save(path);
        a->eval(all.subspan(29, 5), Session::Rows::Last, want.data());
        const auto b = f.session(0, 8);
        b->eval(all.first(3), Session::Rows::None, nullptr);
        b->restore(path);
        CHECK(b->position() == 29);
        CHECK(b->tokens() == std::vector<int32_t>(tokens.begin(), tokens.begin() + 29));
        b->eval(all.subspan(29, 5), Session::Rows::Last, got.data());
        CHECK(nmse(want, got) < 1e-12);
    }
}

TEST_CASE("damaged session files are refused and change nothing", "[llm][session]") {
    const Fixture f(tiny_models().front());
    const auto s = f.session();
    const auto tokens = some_tokens(10);
    s->eval(tokens, Session::Rows::None, nullptr);
    s->save(f.dir.file("good"));
    const std::string good = read_file(f.dir.file("good"));
    for (size_t n = 0; n < good.size(); n += good.size() / 50 + 1) {
        const std::string path = f.dir.write("bad", good.substr(0, n));
        CHECK(thrown_by([&] { s->restore(path); }).code == DLGO_ERROR_FORMAT);
    }
    for (size_t at = 0; at < good.size(); at += good.size() / 200 + 1) {
        std::string bytes = good;
        bytes[at] = static_cast<char>(bytes[at] ^ 0x40);
        const dlgo_status code = thrown_by([&] { s->restore(f.dir.write("bad", bytes)); }).code;
        CHECK((code == DLGO_ERROR_FORMAT || code == DLGO_ERROR_UNSUPPORTED));
    }
    CHECK(thrown_by([&] { s->restore(f.dir.file("none")); }).code == DLGO_ERROR_IO);
    CHECK(thrown_by([&] { s->save(f.dir.file("no/such/directory")); }).code == DLGO_ERROR_IO);
    CHECK(s->position() == 10);

    const Fixture other(tiny_models()[2]);
    CHECK(thrown_by([&] { other.session()->restore(f.dir.file("good")); }).code == DLGO_ERROR_FORMAT);
    CHECK(thrown_by([&] { f.session(5)->restore(f.dir.file("good")); }).code == DLGO_ERROR_CONTEXT_FULL);
}

TEST_CASE("a full context is a status and loses nothing", "[llm][session]") {
    const Fixture f(tiny_models().front());
    const auto s = f.session(16);
    const auto tokens = some_tokens(17);
    CHECK(thrown_by([&] { s->eval(tokens, Session::Rows::None, nullptr); }).code == DLGO_ERROR_CONTEXT_FULL);
    CHECK(s->position() == 0);
    s->eval(std::span(tokens).first(16), Session::Rows::None, nullptr);
    CHECK(thrown_by([&] { s->eval(std::span(tokens).first(1), Session::Rows::None, nullptr); }).code == DLGO_ERROR_CONTEXT_FULL);
    CHECK(s->position() == 16);
}

TEST_CASE("tokens outside of the vocabulary are refused", "[llm][session]") {
    const Fixture f(tiny_models().front());
    const auto s = f.session(16);
    for (const int32_t bad : {-1, 64, 2147483647}) {
        const std::vector<int32_t> tokens{1, bad};
        CHECK(thrown_by([&] { s->eval(tokens, Session::Rows::None, nullptr); }).code == DLGO_ERROR_INVALID_ARGUMENT);
    }
    CHECK(s->position() == 0);
}

TEST_CASE("a cancelled eval leaves the session where it was", "[llm][session]") {
    const auto tokens = some_tokens(100);
    const std::span<const int32_t> all(tokens);
    for (const TinyModel& tiny : tiny_models()) {
        CAPTURE(tiny.arch);
        const Fixture f(tiny);
        const size_t n_vocab = f.model->plan().n_vocab;
        std::vector<float> want(n_vocab), got(n_vocab);
        const auto reference = f.session(0, 8);
        reference->eval(all.first(20), Session::Rows::None, nullptr);
        reference->eval(all.subspan(20, 3), Session::Rows::Last, want.data());

        const auto s = f.session(0, 8);
        s->eval(all.first(20), Session::Rows::None, nullptr);
        // A request before the call is seen at its first step; others come at some time during it.
        s->cancel();
        CHECK(thrown_by([&] { s->eval(all.subspan(20, 80), Session::Rows::None, nullptr); }).code == DLGO_ERROR_CANCELLED);
        s->clear_cancel();
        for (int delay = 0; delay < 3; ++delay) {
            std::thread other([&] {
                std::this_thread::sleep_for(std::chrono::microseconds(300 * delay));
                s->cancel();
            });
            const Thrown thrown = thrown_by([&] { s->eval(all.subspan(20, 80), Session::Rows::None, nullptr); });
            other.join();
            s->clear_cancel();
            if (thrown.code == DLGO_OK) break;  // it was faster than the request
            CHECK(thrown.code == DLGO_ERROR_CANCELLED);
            CHECK(s->position() == 20);
        }
        if (s->position() != 20) continue;
        s->eval(all.subspan(20, 3), Session::Rows::Last, got.data());
        CHECK(nmse(want, got) < 1e-9);
    }
}
