// Damaged files through the C API: a status each time, and what does load also runs.
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <limits>
#include <random>

#include "include/dlgo.h"
#include "tests/support/files.h"
#include "tests/support/tiny_models.h"

using namespace dlgo;
using namespace dlgo::test;

namespace {

constexpr int kMutations = 500, kFlips = 2000;

dlgo_llm_options options() {
    dlgo_llm_options o;
    dlgo_llm_options_init(&o);
    o.device = "cpu";
    o.threads = 1;
    return o;
}

// Loads, creates a session and evaluates a prompt in two batches and single tokens; the first status that is not OK.
dlgo_status use(const std::string& path) {
    const dlgo_llm_options o = options();
    dlgo_llm* llm = nullptr;
    dlgo_status status = dlgo_llm_load(path.c_str(), &o, &llm);
    if (status != DLGO_OK) return status;
    dlgo_session_options so;
    dlgo_session_options_init(&so);
    so.n_ctx = 32;
    so.n_ubatch = 4;
    dlgo_session* session = nullptr;
    status = dlgo_session_create(llm, &so, &session);
    dlgo_llm_free(llm);
    if (status != DLGO_OK) return status;
    const int32_t tokens[] = {1, 5, 9, 2, 60, 33, 7};
    status = dlgo_session_eval(session, tokens, 7, nullptr);
    for (int i = 0; i < 3 && status == DLGO_OK; ++i) status = dlgo_session_eval(session, tokens + i, 1, nullptr);
    dlgo_session_free(session);
    return status;
}

// What a damaged file may give. INTERNAL would be a mistake of the library, INVALID_ARGUMENT one of the caller: n_ctx, the tokens.
bool honest(dlgo_status status) {
    const bool named = status == DLGO_OK || std::string(dlgo_last_error()).size() > 20;
    return named && (status == DLGO_OK || status == DLGO_ERROR_FORMAT || status == DLGO_ERROR_UNSUPPORTED ||
                     status == DLGO_ERROR_OUT_OF_MEMORY || status == DLGO_ERROR_INVALID_ARGUMENT);
}

template <class T>
std::string bytes_of(T v) {
    std::string out;
    GgufWriter::append(out, v);
    return out;
}

struct Value {
    GgufKind kind;
    std::string bytes;
};

// A value of any kind: the extremes of each, and what hyper-parameters may nearly be.
Value random_value(std::mt19937& random) {
    static constexpr uint64_t kWhole[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 31, 32, 33, 48, 64, 127, 255, 256, 4096, 4097, 65535, 65536,
                                          1u << 20, (1u << 22) + 1, 1u << 30, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 1ull << 32, 1ull << 63, ~0ull};
    static const double kReal[] = {0, -0.0, -1, 1e-45, 1e-6, 0.5, 1, 2, 3, 1e10, 3e38, -3e38, INFINITY, -INFINITY, NAN};
    const uint64_t whole = kWhole[random() % std::size(kWhole)];
    const double real = kReal[random() % std::size(kReal)];
    switch (random() % 10) {
        case 0: return {GgufKind::F32, bytes_of(static_cast<float>(real))};
        case 1: return {GgufKind::F64, bytes_of(real)};
        case 2: return {GgufKind::I32, bytes_of(static_cast<int32_t>(whole))};
        case 3: return {GgufKind::U64, bytes_of(whole)};
        case 4: return {GgufKind::I64, bytes_of(static_cast<int64_t>(whole))};
        case 5: return {GgufKind::U8, bytes_of(static_cast<uint8_t>(whole))};
        case 6: {
            std::string text;
            GgufWriter::append_string(text, whole % 2 ? "yarn" : "");
            return {GgufKind::String, text};
        }
        case 7: {
            std::string array = bytes_of(static_cast<uint32_t>(GgufKind::U32)) + bytes_of<uint64_t>(random() % 6);
            for (uint64_t i = array[4]; i > 0; --i) array += bytes_of(static_cast<uint32_t>(kWhole[random() % std::size(kWhole)]));
            return {GgufKind::Array, array};
        }
        case 8: return {GgufKind::Bool, bytes_of(static_cast<uint8_t>(random() % 2))};
        default: return {GgufKind::U32, bytes_of(static_cast<uint32_t>(whole))};
    }
}

// Keys that some architecture reads, whether this model has them or not.
const char* const kKeys[] = {
    "block_count", "context_length", "embedding_length", "feed_forward_length", "attention.head_count", "attention.head_count_kv",
    "attention.key_length", "attention.value_length", "attention.layer_norm_rms_epsilon", "attention.layer_norm_epsilon", "attention.sliding_window",
    "attention.sliding_window_pattern", "attention.shared_kv_layers", "attention.key_length_swa", "attention.value_length_swa",
    "attention.key_length_mla", "attention.value_length_mla", "attention.kv_lora_rank", "attention.q_lora_rank", "attention.scale",
    "attention.temperature_scale", "attn_logit_softcapping", "final_logit_softcapping", "rope.freq_base", "rope.freq_base_swa",
    "rope.dimension_count", "rope.dimension_count_swa", "rope.dimension_sections", "rope.scaling.type", "rope.scaling.factor",
    "rope.scaling.original_context_length", "rope.scaling.attn_factor", "rope.scaling.yarn_log_multiplier", "rope.scaling.yarn_beta_fast",
    "rope.scaling.yarn_beta_slow", "expert_count", "expert_used_count", "expert_feed_forward_length", "expert_shared_feed_forward_length",
    "expert_shared_count", "expert_gating_func", "expert_weights_norm", "expert_weights_scale", "expert_group_count",
    "expert_group_used_count", "leading_dense_block_count", "nextn_predict_layers", "ssm.inner_size", "ssm.state_size", "ssm.conv_kernel",
    "ssm.group_count", "ssm.time_step_rank", "full_attention_interval", "shortconv.l_cache", "moe_latent_size", "embedding_scale",
    "residual_scale", "logit_scale", "embedding_length_per_layer_input"};

// The model's metadata with one value changed, added or taken away.
GgufWriter mutated_header(TinyModel model, std::mt19937& random) {
    const bool own = random() % 3 != 0;  // one that the model has
    const std::string name = own ? model.keys[random() % model.keys.size()].name : kKeys[random() % std::size(kKeys)];
    std::erase_if(model.keys, [&](const Key& k) { return k.name == name; });
    GgufWriter w = tiny_header(model);
    if (own && random() % 16 == 0) return w;
    const Value value = random_value(random);
    return w.raw(model.arch + "." + name, static_cast<uint32_t>(value.kind), value.bytes);
}

std::string_view data_of(const GgufTensor& t) { return {reinterpret_cast<const char*>(t.data), t.bytes}; }
std::vector<uint64_t> dims_of(const GgufTensor& t) { return {t.dims, t.dims + t.n_dims}; }

}  // namespace

TEST_CASE("changed metadata gives a status, never a crash", "[llm][noise]") {
    const TempDir dir;
    std::mt19937 random(11);
    for (const TinyModel& model : tiny_models()) {
        const std::string valid = tiny_file(model);
        const auto file = open_bytes(valid);
        int loaded = 0;
        for (int i = 0; i < kMutations; ++i) {
            CAPTURE(model.arch, i);
            GgufWriter w = mutated_header(model, random);
            for (const GgufTensor& t : file->tensors()) w.tensor(t.name, t.type, dims_of(t), data_of(t));
            const dlgo_status status = use(dir.write("mutated.gguf", w.bytes()));
            CAPTURE(status, dlgo_last_error());
            CHECK(honest(status));
            loaded += status == DLGO_OK;
        }
        CHECK(loaded > 0);
        CHECK(loaded < kMutations);
    }
}

TEST_CASE("a missing, misshapen or unknown tensor is named", "[llm][noise]") {
    const TempDir dir;
    for (const TinyModel& model : tiny_models()) {
        const std::string valid = tiny_file(model);
        const auto file = open_bytes(valid);
        enum class Damage { Missing, Wider, Turned };
        const auto with = [&](const GgufTensor& victim, Damage damage) {
            GgufWriter w = tiny_header(model);
            for (const GgufTensor& t : file->tensors()) {
                std::vector<uint64_t> dims = dims_of(t);
                std::string data(data_of(t));
                if (&t == &victim) {
                    if (damage == Damage::Missing) continue;
                    if (damage == Damage::Wider) data.append(data_of(t)), dims.back() *= 2;
                    if (damage == Damage::Turned) dims = {t.n_values() / t.dims[0], t.dims[0]};
                }
                w.tensor(t.name, t.type, dims, data);
            }
            return w;
        };
        for (const GgufTensor& t : file->tensors()) {
            CAPTURE(model.arch, t.name);
            const bool optional = !model.optional.empty() && t.name.ends_with(model.optional);
            dlgo_status status = use(dir.write("missing.gguf", with(t, Damage::Missing).bytes()));
            CHECK((status == DLGO_ERROR_FORMAT || optional));
            CHECK((optional || std::string(dlgo_last_error()).find(t.name) != std::string::npos));
            status = use(dir.write("wider.gguf", with(t, Damage::Wider).bytes()));
            CHECK((status == DLGO_ERROR_FORMAT || t.name == "token_embd.weight"));  // as many tokens as it has rows
            if (t.n_dims > 1 && t.dims[0] * t.dims[0] != t.n_values()) {
                status = use(dir.write("turned.gguf", with(t, Damage::Turned).bytes()));
                CHECK(honest(status));
            }
        }
    }
}

TEST_CASE("tensor types that dlgo does not know are unsupported", "[llm][noise]") {
    const TempDir dir;
    const TinyModel& model = tiny_models().front();
    const std::string valid = tiny_file(model);
    const auto file = open_bytes(valid);
    for (const uint32_t type : {4u, 5u, 24u, 27u, 28u, 31u, 38u, 43u, 99u, 0x80000000u, 0xFFFFFFFFu}) {
        CAPTURE(type);
        GgufWriter w = tiny_header(model);
        uint64_t offset = 0;
        for (const GgufTensor& t : file->tensors()) {
            w.tensor_entry(t.name, t.name == "blk.0.attn_q.weight" ? type : 0, dims_of(t), offset);
            offset += (t.bytes + 31) / 32 * 32;
        }
        std::string bytes = w.bytes();
        bytes.resize(bytes.size() + offset);
        const dlgo_status status = use(dir.write("type.gguf", bytes));
        CHECK(status == DLGO_ERROR_UNSUPPORTED);
        CHECK(std::string(dlgo_last_error()).find("blk.0.attn_q.weight") != std::string::npos);
    }
}

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

TEST_CASE("flipped bytes give a status, never a crash", "[llm][noise]") {
    const TempDir dir;
    std::mt19937 random(7);
    for (const char* arch : {"llama", "qwen3moe", "qwen35", "deepseek2", "nemotron_h"}) {
        const TinyModel& model = tiny_model(arch);
        const std::string valid = tiny_file(model);
        const size_t end = std::min<size_t>(valid.size(), 65536);
        for (int i = 0; i < kFlips; ++i) {
            CAPTURE(model.arch, i);
            std::string bytes = valid;
            const size_t at = random() % (i % 2 ? end : std::min<size_t>(end, 6000));  // the header, mostly
            const uint32_t flip = random();
            bytes[at] = static_cast<char>(bytes[at] ^ (i % 4 < 2 ? 1u << flip % 8 : 1 + flip % 255));
            const dlgo_status status = use(dir.write("noise.gguf", bytes));
            CAPTURE(at, status, dlgo_last_error());
            CHECK(honest(status));
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
