#include <catch2/catch_test_macros.hpp>
#include <cmath>

#include "models/llm/generate.h"
#include "tests/support/errors.h"
#include "tests/support/files.h"
#include "tests/support/tiny_models.h"

using namespace dlgo;
using namespace dlgo::test;

namespace {

const std::vector<int32_t> kPrompt{1, 10, 20, 30};

struct Answer {
    std::string text;
    std::vector<int32_t> tokens;
    std::vector<float> logprobs;
    dlgo_stats stats{};
};

class Fixture {
public:
    explicit Fixture(uint32_t n_ctx = 0, size_t tiny = 0) {
        ModelOptions o;
        o.device = "cpu";
        o.threads = 1;
        model = Model::load(dir.write("tiny.gguf", tiny_file(tiny_models()[tiny])), o);
        session = std::make_unique<Session>(model, n_ctx, 16, CacheType::F32);
        options.sampler.temperature = 0;
        options.max_tokens = 12;
        options.ignore_eos = true;
    }

    Answer run(const std::vector<int32_t>& prompt = kPrompt, bool from_start = false, size_t n_lasting = 0) {
        Answer a;
        const TokenSink sink = [&](const dlgo_token_event& e) {
            a.text.append(e.text, e.text_len);
            a.tokens.push_back(e.token);
            a.logprobs.push_back(e.logprob);
            return !on_token || on_token(a);
        };
        if (from_start) {
            generate_from_start(*session, prompt, n_lasting, options, sink, a.stats);
        } else {
            generate(*session, prompt, options, sink, a.stats);
        }
        return a;
    }

    TempDir dir;
    std::shared_ptr<const Model> model;
    std::unique_ptr<Session> session;
    GenerateOptions options;
    std::function<bool(const Answer&)> on_token;
};

}  // namespace

TEST_CASE("greedy generation takes the best token each time", "[llm][generate]") {
    Fixture f;
    f.options.sampler.logprobs = 1;
    const Answer a = f.run();
    CHECK(a.stats.stop_reason == DLGO_STOP_LENGTH);
    CHECK(a.stats.generated_tokens == 12);
    CHECK(a.stats.prompt_tokens == kPrompt.size());
    REQUIRE(a.tokens.size() >= 12);
    CHECK(f.session->position() == kPrompt.size() + 12);

    Session by_hand(f.model, 0, 16, CacheType::F32);
    std::vector<float> logits(f.model->plan().n_vocab);
    by_hand.eval(kPrompt, Session::Rows::Last, logits.data());
    for (size_t i = 0; i < 12; ++i) {
        const auto best = static_cast<int32_t>(std::max_element(logits.begin(), logits.end()) - logits.begin());
        CHECK(a.tokens[i] == best);
        CHECK(a.logprobs[i] <= 0);
        by_hand.eval({&best, 1}, Session::Rows::Last, logits.data());
    }
}

TEST_CASE("a seed gives the same text again", "[llm][generate]") {
    std::string texts[3];
    for (size_t i = 0; i < 3; ++i) {
        Fixture f;
        f.options.sampler.temperature = 1.5f;
        f.options.sampler.seed = i < 2 ? 7 : 8;
        f.options.max_tokens = 30;
        texts[i] = f.run().text;
    }
    CHECK(texts[0] == texts[1]);
    CHECK(texts[0] != texts[2]);
}

TEST_CASE("a stop string ends the text before itself", "[llm][generate]") {
    Fixture f;
    f.options.max_tokens = 20;
    const std::string all = f.run().text;
    REQUIRE(all.size() > 8);
    Fixture g;
    g.options.max_tokens = 20;
    g.options.stop = {all.substr(4, 3), "never"};
    const Answer a = g.run();
    CHECK(a.text == all.substr(0, all.find(all.substr(4, 3))));
    CHECK(a.stats.stop_reason == DLGO_STOP_STRING);
}

TEST_CASE("the callback stops, the context ends, a cancel throws", "[llm][generate]") {
    Fixture f;
    f.on_token = [](const Answer& a) { return a.text.size() < 3; };
    CHECK(f.run().stats.stop_reason == DLGO_STOP_CALLBACK);

    Fixture g(10);
    const Answer a = g.run();
    CHECK(a.stats.stop_reason == DLGO_STOP_CONTEXT);
    CHECK(g.session->position() == 10);
    CHECK(thrown_by([&] { g.run(); }).code == DLGO_ERROR_CONTEXT_FULL);
    CHECK(g.session->position() == 10);

    Fixture h;
    h.on_token = [&](const Answer&) {
        h.session->cancel();
        return true;
    };
    CHECK(thrown_by([&] { h.run(); }).code == DLGO_ERROR_CANCELLED);
    CHECK(h.session->position() >= kPrompt.size());
}

TEST_CASE("a grammar holds", "[llm][generate]") {
    Fixture f;
    f.options.ignore_eos = false;
    f.options.grammar = R"(root ::= "AB" | "CDE")";
    const Answer a = f.run();
    CHECK((a.text == "AB" || a.text == "CDE"));
    CHECK((a.stats.stop_reason == DLGO_STOP_GRAMMAR || a.stats.stop_reason == DLGO_STOP_EOS));
    f.options.grammar = "root ::= (";
    CHECK(thrown_by([&] { f.run(); }).code == DLGO_ERROR_INVALID_ARGUMENT);
}

TEST_CASE("a conversation keeps the prefix that the session holds", "[llm][generate]") {
    for (size_t tiny = 0; tiny < tiny_models().size(); ++tiny) {
        CAPTURE(tiny_models()[tiny].arch);
        Fixture f(0, tiny);
        f.options.max_tokens = 4;
        f.options.sampler.logprobs = 1;
        std::vector<int32_t> prompt = kPrompt;
        Answer a = f.run(prompt, true);
        CHECK(a.stats.cached_tokens == 0);
        prompt.insert(prompt.end(), a.tokens.begin(), a.tokens.begin() + 4);
        prompt.insert(prompt.end(), {5, 6, 7});
        a = f.run(prompt, true);
        CHECK(a.stats.prompt_tokens == prompt.size());
        CHECK(a.stats.cached_tokens == kPrompt.size() + 4);

        Fixture fresh(0, tiny);
        fresh.options = f.options;
        const Answer b = fresh.run(prompt, true);
        CHECK(a.tokens == b.tokens);

        // Another answer in the history: back to the end of the first prompt.
        prompt[kPrompt.size()] = prompt[kPrompt.size()] == 8 ? 9 : 8;
        const Answer c = f.run(prompt, true);
        CHECK(c.stats.cached_tokens <= kPrompt.size());
        Fixture again(0, tiny);
        again.options = f.options;
        CHECK(c.tokens == again.run(prompt, true).tokens);
    }
}

TEST_CASE("options out of range are refused before anything runs", "[llm][generate]") {
    Fixture f;
    f.options.max_tokens = -2;
    CHECK(thrown_by([&] { f.run(); }).code == DLGO_ERROR_INVALID_ARGUMENT);
    f.options.max_tokens = 1;
    f.options.sampler.top_p = NAN;
    CHECK(thrown_by([&] { f.run(); }).code == DLGO_ERROR_INVALID_ARGUMENT);
    f.options.sampler.top_p = 1;
    f.options.stop = {""};
    CHECK(thrown_by([&] { f.run(); }).code == DLGO_ERROR_INVALID_ARGUMENT);
    CHECK(thrown_by([&] { f.run({}); }).code == DLGO_ERROR_INVALID_ARGUMENT);
    CHECK(f.session->position() == 0);
}

TEST_CASE("the next turn of a chat evaluates only what is new, also where the answer is told differently", "[llm][generate]") {
    std::vector<int32_t> history{1};
    for (int32_t i = 0; i < 30; ++i) history.push_back(4 + (i * 11) % 60);
    for (size_t tiny = 0; tiny < tiny_models().size(); ++tiny) {
        CAPTURE(tiny_models()[tiny].arch);
        Fixture f(128, tiny), fresh(128, tiny);
        f.options.max_tokens = fresh.options.max_tokens = 40;  // longer than rings of a window of 7 and a batch of 16
        std::vector<int32_t> first = history, second = history;
        for (const int32_t t : {50, 51, 52}) first.push_back(t);   // the turn of the assistant, and what it is thinking
        for (const int32_t t : {50, 40, 41, 42, 43, 44}) second.push_back(t);
        f.run(first, true, history.size());
        const Answer again = f.run(second, true, second.size() - 3);
        CHECK(again.stats.cached_tokens >= history.size());
        CHECK(again.tokens == fresh.run(second, true).tokens);
    }
}
