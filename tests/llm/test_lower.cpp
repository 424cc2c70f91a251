#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <limits>
#include <set>

#include "core/plan/parting.h"
#include "models/llm/lower.h"
#include "tests/support/errors.h"
#include "tests/support/tiny_models.h"

using namespace dlgo;
using namespace dlgo::test;

namespace {

Thrown lowering(const std::string& bytes, bool with_data = true) {
    return thrown_by([&] { lower(open_bytes(bytes), 0, with_data); });
}

TinyModel with(TinyModel model, const Key& key) {
    std::erase_if(model.keys, [&](const Key& k) { return k.name == key.name; });
    model.keys.push_back(key);
    return model;
}

}  // namespace

TEST_CASE("every architecture has a tiny model that lowers", "[llm][lower]") {
    std::set<std::string> tested;
    for (const TinyModel& model : tiny_models()) {
        CAPTURE(model.arch);
        const Lowered lowered = lower(open_bytes(tiny_file(model)), 0, true);
        CHECK(lowered.plan->steps.size() > 4);
        CHECK(std::holds_alternative<Embed>(lowered.plan->steps.front().op));
        CHECK(std::holds_alternative<Head>(lowered.plan->steps.back().op));
        tested.insert(model.arch);
    }
    const auto names = architecture_names();
    CHECK(tested == std::set<std::string>(names.begin(), names.end()));
}

TEST_CASE("rows part behind the last step that appends to a state", "[llm][lower]") {
    for (const char* arch : {"llama", "gemma4"}) {
        CAPTURE(arch);
        const Lowered lowered = lower(open_bytes(tiny_file(tiny_model(arch))), 0, true);
        const Plan& plan = *lowered.plan;
        const size_t parting = rows_part(plan);
        const Step& last = plan.steps[parting - 1];
        const auto* attend = std::get_if<Attend>(&last.op);
        REQUIRE(attend);
        CHECK(attend->k.valid());
        // The last two of the four layers of this Gemma read the caches of others.
        CHECK(last.layer == plan.n_layer - (std::string(arch) == "gemma4" ? 3 : 1));
        CHECK(plan.steps.size() - parting >= 4);

        Plan probed = plan;
        Step probe;
        probe.op = Probe{};
        probed.steps.insert(probed.steps.end() - 1, probe);
        CHECK(rows_part(probed) == probed.steps.size());
    }
}

TEST_CASE("where rows part, keys and values are of all rows, queries of one", "[llm][lower]") {
    const Lowered lowered = lower(open_bytes(tiny_file(tiny_model("llama"))), 0, true);
    const std::span<const Step> steps = lowered.plan->steps;
    const size_t parting = rows_part(*lowered.plan);
    const PartedSteps parted = part_steps(steps, parting);
    REQUIRE(parted.all.size() == parting);
    REQUIRE(parted.one.size() == steps.size() - parting + 2);

    const auto& whole = std::get<Linear>(steps[parting - 2].op);
    const auto& attend = std::get<Attend>(steps[parting - 1].op);
    const auto& appended = std::get<Linear>(parted.all[parting - 2].op);
    const auto& queries = std::get<Linear>(parted.one[0].op);
    REQUIRE(whole.n_mats == 3);
    REQUIRE(appended.n_mats == 2);
    REQUIRE(queries.n_mats == 1);
    const auto same = [](View a, View b) { return a.buffer == b.buffer && a.offset == b.offset; };
    CHECK(same(appended.out[0], attend.k));
    CHECK(same(appended.out[1], attend.v));
    CHECK(same(queries.out[0], attend.q));

    const auto& append = std::get<Attend>(parted.all[parting - 1].op);
    const auto& query = std::get<Attend>(parted.one[1].op);
    CHECK((append.k.valid() && append.v.valid() && !append.q.valid() && !append.out.valid()));
    CHECK((query.q.valid() && query.out.valid() && !query.k.valid() && !query.v.valid()));

    // In front of everything, or behind a step that is no attention, steps stay as they are.
    CHECK(part_steps(steps, 0).one.size() == steps.size());
    CHECK(part_steps(steps, 1).one.size() == steps.size() - 1);
}

TEST_CASE("an unknown architecture is unsupported and named", "[llm][lower]") {
    TinyModel model = tiny_models().front();
    model.arch = "mamba7";
    const Thrown thrown = lowering(tiny_header(model).bytes());
    CHECK(thrown.code == DLGO_ERROR_UNSUPPORTED);
    CHECK(thrown.says("'mamba7'"));
}

TEST_CASE("missing and misshapen tensors are named", "[llm][lower]") {
    const TinyModel& model = tiny_models().front();
    Thrown thrown = lowering(tiny_header(model).bytes());
    CHECK(thrown.code == DLGO_ERROR_FORMAT);
    CHECK(thrown.says("token_embd.weight"));

    GgufWriter w = tiny_header(model);
    w.tensor_f32("token_embd.weight", {32, 64}, std::vector<float>(32 * 64));
    w.tensor_f32("blk.0.attn_norm.weight", {31}, std::vector<float>(31));
    thrown = lowering(w.bytes());
    CHECK(thrown.code == DLGO_ERROR_FORMAT);
    CHECK(thrown.says("blk.0.attn_norm.weight"));
    CHECK(thrown.says("expected 32"));
}

TEST_CASE("absurd hyper-parameters are refused by name", "[llm][lower]") {
    const TinyModel& llama = tiny_models().front();
    const auto refused = [&](const Key& key) {
        const Thrown thrown = lowering(tiny_file(llama), false);
        REQUIRE(thrown.code == DLGO_OK);
        const Thrown bad = lowering(tiny_header(with(llama, key)).bytes(), false);
        CAPTURE(key.name, bad.message);
        CHECK(bad.code == DLGO_ERROR_FORMAT);
        CHECK_FALSE(bad.message.empty());
    };
    refused({"attention.head_count", GgufKind::U32, 0, {}});
    refused({"attention.head_count", GgufKind::U32, 5, {}});
    refused({"attention.key_length", GgufKind::U32, 4e9, {}});
    refused({"block_count", GgufKind::U32, 0, {}});
    refused({"block_count", GgufKind::U32, 4e9, {}});
    refused({"embedding_length", GgufKind::U32, 0, {}});
    refused({"expert_count", GgufKind::U32, 2147483648.0, {}});
    refused({"attention.layer_norm_rms_epsilon", GgufKind::F32, std::numeric_limits<double>::quiet_NaN(), {}});
    refused({"attention.layer_norm_rms_epsilon", GgufKind::F32, -1, {}});
    refused({"rope.freq_base", GgufKind::F32, -3, {}});
}

TEST_CASE("mutated metadata never crashes", "[llm][lower]") {
    static constexpr double kValues[] = {0, 1, 2, 3, 5, 7, 31, 33, 255, 4097, 65536, 1e6, 2147483647.0, 2147483648.0, 4294967295.0};
    static const double kFloats[] = {0, -0.0, -1, 1e-45, 1e38, INFINITY, -INFINITY, NAN, 0.5, 2, 3};
    for (const TinyModel& model : tiny_models()) {
        CAPTURE(model.arch);
        const std::string valid = tiny_file(model);
        const auto file = open_bytes(valid);
        // The data of the valid file under changed metadata.
        const auto mutated = [&](const TinyModel& changed) {
            GgufWriter w = tiny_header(changed);
            for (const GgufTensor& t : file->tensors()) {
                w.tensor(t.name, t.type, {t.dims, t.dims + t.n_dims}, {reinterpret_cast<const char*>(t.data), t.bytes});
            }
            return w.bytes();
        };
        for (const Key& key : model.keys) {
            if (key.kind == GgufKind::F32) {
                for (double v : kFloats) lowering(mutated(with(model, {key.name, key.kind, v, {}})));
            } else {
                for (double v : kValues) lowering(mutated(with(model, {key.name, GgufKind::U32, v, {}})));
            }
            TinyModel without = model;
            std::erase_if(without.keys, [&](const Key& k) { return k.name == key.name; });
            lowering(mutated(without));
        }
    }
    SUCCEED();
}
