#include "tests/support/tiny_models.h"

#include <cmath>
#include <cstdio>
#include <random>
#include <stdexcept>

#include "models/llm/lower.h"
#include "tests/support/errors.h"

namespace dlgo::test {

namespace {

constexpr uint32_t kVocab = 64, kLayers = 4, kEmbd = 32;

Key u32(const char* name, uint32_t v) { return {name, GgufKind::U32, static_cast<double>(v), {}}; }
Key f32(const char* name, double v) { return {name, GgufKind::F32, v, {}}; }
Key flags(const char* name, std::vector<uint32_t> v) { return {name, GgufKind::Bool, 0, std::move(v)}; }
Key list(const char* name, std::vector<uint32_t> v) { return {name, GgufKind::Array, 0, std::move(v)}; }

TinyModel make(const char* arch, std::vector<Key> own = {}, const char* optional = "") {
    TinyModel m{arch,
                {u32("block_count", kLayers), u32("context_length", 128), u32("embedding_length", kEmbd), u32("attention.head_count", 4),
                 u32("attention.head_count_kv", 2), u32("feed_forward_length", 48), f32("attention.layer_norm_rms_epsilon", 1e-5)},
                optional};
    for (Key& key : own) {
        std::erase_if(m.keys, [&](const Key& k) { return k.name == key.name; });
        m.keys.push_back(std::move(key));
    }
    return m;
}

std::vector<Key> operator+(std::vector<Key> a, const std::vector<Key>& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}

std::vector<TinyModel> make_all() {
    const std::vector<Key> moe{u32("expert_count", 8), u32("expert_used_count", 2), u32("expert_feed_forward_length", 24)};
    const std::vector<Key> delta{u32("ssm.group_count", 2),  u32("ssm.time_step_rank", 4), u32("ssm.state_size", 8),
                                 u32("ssm.conv_kernel", 4),  u32("ssm.inner_size", 32),    u32("full_attention_interval", 4),
                                 u32("rope.dimension_count", 4)};
    const std::vector<Key> window{u32("attention.sliding_window", 7)};
    const std::vector<Key> mamba{u32("ssm.inner_size", 32),  u32("ssm.state_size", 8),
                                 u32("ssm.time_step_rank", 4), u32("ssm.group_count", 2),
                                 u32("ssm.conv_kernel", 4),  list("attention.head_count_kv", {0, 2, 0, 0})};
    return {
        make("llama"),
        make("llama", moe),
        make("qwen2"),
        make("qwen2moe", moe),
        make("qwen3", {u32("attention.key_length", 12), u32("attention.value_length", 12)}),
        make("qwen3moe", moe),
        make("qwen3next", delta + moe),
        make("qwen35", delta),
        make("qwen35moe", delta + moe),
        make("deepseek2", moe + std::vector<Key>{u32("attention.kv_lora_rank", 16), u32("attention.q_lora_rank", 12),
                                                 u32("attention.key_length_mla", 12), u32("attention.value_length_mla", 8),
                                                 u32("rope.dimension_count", 4), u32("leading_dense_block_count", 1),
                                                 u32("expert_gating_func", 2)}),
        make("gpt-oss", moe + window),
        make("gemma2", window),
        make("gemma3", window),
        make("gemma4", window + std::vector<Key>{flags("attention.sliding_window_pattern", {1, 0, 1, 0}), u32("attention.key_length_swa", 8),
                                                 u32("attention.value_length_swa", 8), u32("attention.shared_kv_layers", 2),
                                                 u32("embedding_length_per_layer_input", 4)},
             "attn_v.weight"),
        make("phi2"),
        make("phi3", {u32("rope.scaling.original_context_length", 64)}),
        make("mistral3"),
        make("granite", {f32("residual_scale", 0.5), f32("logit_scale", 4)}),
        make("olmo2", window),
        make("smollm3"),
        make("lfm2", {u32("shortconv.l_cache", 3), list("attention.head_count_kv", {0, 2, 0, 2})}),
        make("glm4moe", moe),
        make("minimax-m2", moe),
        make("nemotron_h", mamba + std::vector<Key>{list("feed_forward_length", {0, 0, 48, 0})}),
        make("nemotron_h_moe", mamba + moe + std::vector<Key>{list("feed_forward_length", {0, 0, 48, 0})}),
        make("glm4", {u32("rope.dimension_count", 4)}),
        make("cohere2", window + std::vector<Key>{f32("logit_scale", 0.25)}),
        make("olmoe", moe),
        make("starcoder2"),
        make("exaone4"),
        make("exaone4", window),
        make("gemma", {u32("attention.key_length", 12), u32("attention.value_length", 12)}),
        make("seed_oss"),
        make("ernie4_5"),
        make("ernie4_5-moe", moe + std::vector<Key>{u32("leading_dense_block_count", 1), u32("interleave_moe_layer_step", 2)}),
    };
}

void add_tokenizer(GgufWriter& w) {
    std::vector<std::string> tokens{"<unk>", "<s>", "</s>", "\xe2\x96\x81"};
    std::vector<int32_t> types{2, 3, 3, 1};
    std::vector<float> scores{0, 0, 0, -1};
    for (uint32_t i = 4; i < kVocab; ++i) {
        tokens.push_back({static_cast<char>(64 + i - 3)});
        types.push_back(1);
        scores.push_back(-static_cast<float>(i));
    }
    w.string("tokenizer.ggml.model", "llama").strings("tokenizer.ggml.tokens", tokens);
    w.array("tokenizer.ggml.scores", GgufKind::F32, scores).array("tokenizer.ggml.token_type", GgufKind::I32, types);
}

struct Tensor {
    std::string name;
    std::vector<uint64_t> dims;
};

std::string build(const TinyModel& model, const std::vector<Tensor>& tensors, uint32_t seed) {
    GgufWriter w = tiny_header(model);
    std::mt19937 random(seed);
    for (const Tensor& t : tensors) {
        size_t n = 1;
        for (uint64_t d : t.dims) n *= d;
        // Norm weights near 1, matrices so that activations keep their size.
        const bool norm = t.name.find("norm") != std::string::npos;
        std::normal_distribution<float> values(norm ? 1.0f : 0.0f, norm ? 0.1f : 1 / std::sqrt(static_cast<float>(t.dims[0])));
        std::vector<float> v(n);
        for (float& x : v) x = values(random);
        if (t.name.ends_with("rope_freqs.weight") || t.name.starts_with("rope_factors")) {
            for (float& x : v) x = 1 + std::fabs(x);
        }
        w.tensor_f32(t.name, t.dims, v);
    }
    return w.bytes();
}

// "...: tensor NAME is missing, expected [A, B, C]" or "... expected N values"
bool read_demand(const std::string& message, Tensor& out) {
    const size_t begin = message.find("tensor "), end = message.find(" is missing");
    if (begin == std::string::npos || end == std::string::npos) return false;
    out.name = message.substr(begin + 7, end - begin - 7);
    const size_t expected = message.find("expected ", end);
    if (expected == std::string::npos) return false;
    const char* text = message.c_str() + expected + 9;
    unsigned long long d[3] = {1, 1, 1};
    if (std::sscanf(text, "[%llu, %llu, %llu]", &d[0], &d[1], &d[2]) == 3) {
        out.dims = {d[0], d[1]};
        if (d[2] > 1) out.dims.push_back(d[2]);
        return true;
    }
    out.dims = {1};
    if (std::sscanf(text, "%llu values", &d[0]) != 1) return false;
    out.dims[0] = d[0];
    return true;
}

}  // namespace

const std::vector<TinyModel>& tiny_models() {
    static const std::vector<TinyModel> all = make_all();
    return all;
}

const TinyModel& tiny_model(const std::string& arch) {
    for (const TinyModel& model : tiny_models()) {
        if (model.arch == arch) return model;
    }
    throw std::runtime_error("no tiny model of " + arch);
}

GgufWriter tiny_header(const TinyModel& model) {
    GgufWriter w;
    w.string("general.architecture", model.arch);
    for (const Key& key : model.keys) {
        const std::string name = model.arch + "." + key.name;
        switch (key.kind) {
            case GgufKind::F32: w.f32(name, static_cast<float>(key.number)); break;
            case GgufKind::Array: w.array(name, GgufKind::U32, key.numbers); break;
            case GgufKind::Bool: w.array(name, GgufKind::Bool, std::vector<uint8_t>(key.numbers.begin(), key.numbers.end())); break;
            default: w.u32(name, static_cast<uint32_t>(key.number));
        }
    }
    add_tokenizer(w);
    return w;
}

std::string tiny_file(const TinyModel& model, uint32_t seed) {
    std::vector<Tensor> tensors{{"token_embd.weight", {kEmbd, kVocab}}};
    for (;;) {
        const std::string bytes = build(model, tensors, seed);
        const Thrown thrown = thrown_by([&] { lower(open_bytes(bytes), 0, true); });
        if (thrown.code == DLGO_OK) return bytes;
        Tensor next;
        if (!read_demand(thrown.message, next) || tensors.size() > 1000) throw std::runtime_error(model.arch + ": " + thrown.message);
        tensors.push_back(std::move(next));
    }
}

}  // namespace dlgo::test
