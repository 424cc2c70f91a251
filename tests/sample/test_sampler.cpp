#include "core/sample/sampler.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <limits>
#include <map>

#include "core/sample/exp.h"
#include "tests/support/errors.h"

using namespace dlgo;

namespace {

SamplerOptions plain() {
    SamplerOptions o;
    o.temperature = 1;
    o.top_k = 0;
    o.top_p = 1;
    o.min_p = 0;
    o.seed = 1;
    return o;
}

// How often each token comes in n draws.
std::map<int32_t, int> draws(const SamplerOptions& o, const std::vector<float>& logits, int n) {
    Sampler sampler(o, static_cast<int32_t>(logits.size()));
    std::map<int32_t, int> count;
    for (int i = 0; i < n; ++i) ++count[sampler.sample(logits.data())];
    return count;
}

std::vector<float> log_of(std::vector<float> probabilities) {
    for (float& p : probabilities) p = std::log(p);
    return probabilities;
}

// Deterministic logits of a large vocabulary.
std::vector<float> large(size_t n) {
    Rng rng(7);
    std::vector<float> out(n);
    for (float& x : out) x = static_cast<float>(rng.uniform() * 20 - 10);
    return out;
}

}  // namespace

TEST_CASE("temperature 0 takes the best token, the first of equals", "[sample]") {
    SamplerOptions o = plain();
    o.temperature = 0;
    Sampler sampler(o, 4);
    const float logits[] = {1, 3, 3, 2};
    CHECK(sampler.sample(logits) == 1);
}

TEST_CASE("draws follow the distribution", "[sample]") {
    const auto logits = log_of({0.5f, 0.3f, 0.2f});
    auto n = draws(plain(), logits, 20000);
    CHECK(std::abs(n[0] - 10000) < 400);
    CHECK(std::abs(n[1] - 6000) < 400);
    CHECK(std::abs(n[2] - 4000) < 400);

    SamplerOptions cold = plain();
    cold.temperature = 0.5f;  // squares: 0.25 : 0.09 : 0.04
    n = draws(cold, logits, 20000);
    CHECK(std::abs(n[0] - 13158) < 400);
}

TEST_CASE("top-k, top-p and min-p leave the tokens that they should", "[sample]") {
    const auto logits = log_of({0.05f, 0.4f, 0.1f, 0.3f, 0.15f});
    const auto kept = [&](const SamplerOptions& o) {
        std::vector<int32_t> tokens;
        for (const auto& [token, count] : draws(o, logits, 2000)) tokens.push_back(token);
        return tokens;
    };
    SamplerOptions o = plain();
    CHECK(kept(o).size() == 5);
    o.top_k = 2;
    CHECK(kept(o) == std::vector<int32_t>{1, 3});
    o = plain();
    o.top_p = 0.75f;
    CHECK(kept(o) == std::vector<int32_t>{1, 3, 4});
    o.top_p = 0;
    CHECK(kept(o) == std::vector<int32_t>{1});
    o = plain();
    o.min_p = 0.3f;  // of 0.4: at least 0.12
    CHECK(kept(o) == std::vector<int32_t>{1, 3, 4});
    o.top_k = 3;
    o.top_p = 0.5f;  // of 0.85 after top-k
    CHECK(kept(o) == std::vector<int32_t>{1, 3});
}

TEST_CASE("filters of a large vocabulary agree with sorting it", "[sample]") {
    const auto logits = large(20000);
    std::vector<Candidate> sorted;
    for (size_t i = 0; i < logits.size(); ++i) sorted.push_back({static_cast<int32_t>(i), logits[i]});
    std::sort(sorted.begin(), sorted.end(), better);
    double sum = 0;
    for (const Candidate& c : sorted) sum += std::exp(static_cast<double>(c.logit) - sorted[0].logit);

    Candidates candidates(logits.size());
    for (const size_t k : {size_t{1}, size_t{40}, size_t{1250}, size_t{1251}, size_t{19999}, size_t{20000}, size_t{30000}}) {
        candidates.top_k(logits.data(), logits.size(), k);
        REQUIRE(candidates.list().size() == std::min(k, logits.size()));
        for (size_t i = 0; i < candidates.list().size(); ++i) {
            if (candidates.list()[i].token != sorted[i].token) FAIL("rank " << i << " of " << k);
        }
    }
    for (const float p : {0.1f, 0.5f, 0.9f, 0.999f}) {
        candidates.all(logits.data(), logits.size());
        candidates.top_p(p);
        size_t want = 0;
        for (double reached = 0; reached < p * sum; ++want) reached += std::exp(static_cast<double>(sorted[want].logit) - sorted[0].logit);
        CHECK(std::abs(static_cast<double>(candidates.list().size()) - static_cast<double>(want)) <= 1);
        for (size_t i = 0; i < candidates.list().size(); ++i) {
            if (candidates.list()[i].token != sorted[i].token) FAIL("rank " << i << " of top-p " << p);
        }
    }
}

TEST_CASE("the exponential is accurate", "[sample]") {
    for (float x = 0; x > -87; x -= 0.01f) {
        const double want = std::exp(static_cast<double>(x));
        if (std::fabs(exp_negative(x) - want) > 2e-7 * want) FAIL("exp(" << x << ") = " << exp_negative(x));
    }
    CHECK(exp_negative(0) == 1);
    CHECK(exp_negative(-1000) == 0);
    CHECK(exp_negative(-std::numeric_limits<float>::infinity()) == 0);
}

TEST_CASE("a seed gives the same tokens everywhere", "[sample]") {
    Rng rng(42);
    CHECK(rng.next() == 1546998764402558742u);
    CHECK(rng.next() == 6990951692964543102u);

    SamplerOptions o;
    o.seed = 123;
    const auto logits = large(1000);
    Sampler a(o, 1000), b(o, 1000);
    std::vector<int32_t> tokens;
    for (int i = 0; i < 50; ++i) {
        tokens.push_back(a.sample(logits.data()));
        CHECK(tokens.back() == b.sample(logits.data()));
    }
    CHECK(Sampler(plain(), 4).seed() == 1);
    o.seed = 0;
    CHECK(Sampler(o, 4).seed() != Sampler(o, 4).seed());
}

TEST_CASE("logit bias is added", "[sample]") {
    SamplerOptions o = plain();
    o.temperature = 0;
    o.logit_bias = {{0, 5}, {2, -std::numeric_limits<float>::infinity()}};
    const float logits[] = {0, 4, 9};
    CHECK(Sampler(o, 3).sample(logits) == 0);
    o.logit_bias.push_back({0, -2});
    CHECK(Sampler(o, 3).sample(logits) == 1);
}

TEST_CASE("penalties look back at the last tokens", "[sample]") {
    SamplerOptions o = plain();
    o.temperature = 0;
    o.penalty_last_n = 2;
    SECTION("repetition") {
        o.repetition_penalty = 2;
        Sampler sampler(o, 3);
        const float positive[] = {4, 3, 0}, negative[] = {-1, -1.5f, -9};
        sampler.accept(0);
        CHECK(sampler.sample(positive) == 1);
        CHECK(sampler.sample(negative) == 1);
        sampler.accept(1);
        sampler.accept(1);
        CHECK(sampler.sample(positive) == 0);
        sampler.accept(0);
        sampler.reset();
        CHECK(sampler.sample(positive) == 0);
    }
    SECTION("presence and frequency") {
        o.presence_penalty = 0.5f;
        o.frequency_penalty = 0.25f;
        Sampler sampler(o, 2);
        const float close[] = {1, 0.3f}, apart[] = {1, 0.1f};
        sampler.accept(0);
        CHECK(sampler.sample(close) == 1);  // 1 - 0.75
        CHECK(sampler.sample(apart) == 0);
        sampler.accept(0);
        CHECK(sampler.sample(apart) == 1);  // 1 - 1
        sampler.accept(1);
        sampler.accept(1);
        CHECK(sampler.sample(close) == 0);
    }
    SECTION("all tokens") {
        o.penalty_last_n = -1;
        o.presence_penalty = 10;
        Sampler sampler(o, 3);
        const float logits[] = {3, 2, 1};
        sampler.accept(0);
        for (int i = 0; i < 1000; ++i) sampler.accept(1);
        CHECK(sampler.sample(logits) == 2);
    }
}

TEST_CASE("log probabilities are the model's own", "[sample]") {
    SamplerOptions o = plain();
    o.temperature = 0;
    o.logprobs = 2;
    o.logit_bias = {{0, -100}};
    Sampler sampler(o, 3);
    const auto logits = log_of({0.7f, 0.2f, 0.1f});
    CHECK(sampler.sample(logits.data()) == 1);
    CHECK(std::fabs(sampler.logprob() - std::log(0.2f)) < 1e-5f);
    REQUIRE(sampler.top_logprobs().size() == 2);
    CHECK(sampler.top_logprobs()[0].token == 0);
    CHECK(std::fabs(sampler.top_logprobs()[0].logprob - std::log(0.7f)) < 1e-5f);
    CHECK(sampler.top_logprobs()[1].token == 1);
}

TEST_CASE("impossible logits are errors", "[sample]") {
    const float inf = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
    for (const float temperature : {0.f, 1.f}) {
        SamplerOptions o = plain();
        o.temperature = temperature;
        Sampler sampler(o, 3);
        const float with_nan[] = {0, nan, 1}, with_inf[] = {0, 1, inf}, none[] = {-inf, -inf, -inf}, one[] = {-inf, -5, -inf};
        const auto error = test::thrown_by([&] { sampler.sample(with_nan); });
        CHECK(error.code == DLGO_ERROR_FORMAT);
        CHECK(error.says("token 1"));
        CHECK(test::thrown_by([&] { sampler.sample(with_inf); }).says("token 2"));
        CHECK(test::thrown_by([&] { sampler.sample(none); }).code == DLGO_ERROR_INVALID_ARGUMENT);
        CHECK(sampler.sample(one) == 1);
    }
}

TEST_CASE("options out of range are named", "[sample]") {
    const auto error = [](auto change) {
        SamplerOptions o;
        change(o);
        return test::thrown_by([&] { Sampler(o, 10); });
    };
    CHECK(error([](auto& o) { o.temperature = -1; }).says("temperature: expected 0 to 1e+06, found -1"));
    CHECK(error([](auto& o) { o.temperature = std::nanf(""); }).says("temperature"));
    CHECK(error([](auto& o) { o.top_k = -1; }).says("top_k"));
    CHECK(error([](auto& o) { o.top_p = 1.5f; }).says("top_p"));
    CHECK(error([](auto& o) { o.min_p = -0.1f; }).says("min_p"));
    CHECK(error([](auto& o) { o.repetition_penalty = 0; }).says("repetition_penalty"));
    CHECK(error([](auto& o) { o.penalty_last_n = -2; }).says("penalty_last_n"));
    CHECK(error([](auto& o) { o.logprobs = 21; }).says("logprobs"));
    CHECK(error([](auto& o) { o.logit_bias = {{10, 1}}; }).says("logit_bias token: expected 0 to 9, found 10"));
    CHECK(error([](auto& o) { o.logit_bias = {{1, std::nanf("")}}; }).says("logit_bias of token 1"));
    CHECK(error([](auto& o) { o.logit_bias = {{1, 1}}; }).code == DLGO_OK);
}
