// Released files spell the same model in several ways: each gives the logits of the plain one.
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <cstring>
#include <functional>
#include <map>

#include "core/base/error.h"
#include "models/llm/session.h"
#include "tests/support/files.h"
#include "tests/support/tiny_models.h"

using namespace dlgo;
using namespace dlgo::test;

namespace {

struct Values {
    std::vector<uint64_t> dims;
    std::vector<float> values;
    uint64_t row() const { return dims[0]; }
};

using Tensors = std::map<std::string, Values>;

Tensors tensors_of(const TinyModel& model) {
    Tensors out;
    const std::string bytes = tiny_file(model);
    const auto file = open_bytes(bytes);
    for (const GgufTensor& t : file->tensors()) {
        std::vector<float> values(t.n_values());
        std::memcpy(values.data(), t.data, t.bytes);
        out[t.name] = {{t.dims, t.dims + t.n_dims}, std::move(values)};
    }
    return out;
}

std::vector<float> logits_of(const TinyModel& model, const Tensors& tensors) {
    const TempDir dir;
    GgufWriter w = tiny_header(model);
    for (const auto& [name, t] : tensors) w.tensor_f32(name, t.dims, t.values);
    ModelOptions options;
    options.device = "cpu";
    options.threads = 2;
    const auto loaded = Model::load(dir.write("variant.gguf", w.bytes()), options);
    Session session(loaded, 0, 0, CacheType::F32);
    std::vector<int32_t> tokens;
    for (int32_t i = 0; i < 20; ++i) tokens.push_back((i * 29 + 3) % 64);
    std::vector<float> logits(tokens.size() * loaded->plan().n_vocab);
    session.eval(tokens, Session::Rows::All, logits.data());
    return logits;
}

double nmse(const std::vector<float>& want, const std::vector<float>& got) {
    double error = 0, power = 0;
    for (size_t i = 0; i < want.size(); ++i) {
        error += std::pow(double{want[i]} - got[i], 2);
        power += std::pow(double{want[i]}, 2);
    }
    return error / power;
}

const TinyModel& tiny(const std::string& arch, size_t index = 0) {
    for (const TinyModel& m : tiny_models()) {
        if (m.arch == arch && index-- == 0) return m;
    }
    throw std::runtime_error(arch);
}

void append_rows(Values& to, const Values& from, uint64_t row0, uint64_t n) {
    const auto begin = from.values.begin() + static_cast<ptrdiff_t>(row0 * from.row());
    to.values.insert(to.values.end(), begin, begin + static_cast<ptrdiff_t>(n * from.row()));
}

// The number of layers that were changed.
int for_layers(Tensors& tensors, const std::string& with, const std::function<void(const std::string& prefix)>& change) {
    int n = 0;
    for (int i = 0; i < 8; ++i) {
        const std::string prefix = strf("blk.%d.", i);
        if (!tensors.contains(prefix + with)) continue;
        change(prefix);
        ++n;
    }
    return n;
}

}  // namespace

TEST_CASE("a scale beside a matrix multiplies it", "[llm][variants]") {
    for (const TinyModel& model : tiny_models()) {
        CAPTURE(model.arch);
        Tensors tensors = tensors_of(model);
        const std::vector<float> want = logits_of(model, tensors);
        Tensors scaled = tensors;
        int n = 0;
        for (const auto& [name, t] : tensors) {
            const bool matrix = t.dims.size() > 1 && name.ends_with(".weight") && name.starts_with("blk.") &&
                                name.find("conv") == name.npos && name.find("gate_inp") == name.npos;
            if (!matrix) continue;
            const uint64_t count = t.dims.size() > 2 && name.find("exps") != name.npos ? t.dims[2] : 1;
            Values scale{{count}, {}};
            for (uint64_t i = 0; i < count; ++i) scale.values.push_back(0.01f * static_cast<float>(1 + (n + i) % 5));
            Values& w = scaled[name];
            for (size_t i = 0; i < w.values.size(); ++i) w.values[i] /= scale.values[i / (w.values.size() / count)];
            scaled[name.substr(0, name.size() - 6) + "scale"] = scale;
            scaled[name.substr(0, name.size() - 6) + "input_scale"] = {{1}, {7}};  // for activations in 4 bits
            ++n;
        }
        CHECK(n > 8);
        CHECK(nmse(want, logits_of(model, scaled)) < 1e-9);
    }
}

TEST_CASE("gate and up rows of all experts in one tensor", "[llm][variants]") {
    for (const char* arch : {"qwen3moe", "qwen2moe", "gpt-oss", "deepseek2", "glm4moe", "minimax-m2", "qwen3next"}) {
        CAPTURE(arch);
        const TinyModel& model = tiny(arch);
        Tensors tensors = tensors_of(model);
        const std::vector<float> want = logits_of(model, tensors);
        CHECK(for_layers(tensors, "ffn_gate_exps.weight", [&](const std::string& p) {
                  const Values gate = tensors[p + "ffn_gate_exps.weight"], up = tensors[p + "ffn_up_exps.weight"];
                  const uint64_t n_ff = gate.dims[1];
                  Values both{{gate.dims[0], 2 * n_ff, gate.dims[2]}, {}};
                  for (uint64_t e = 0; e < gate.dims[2]; ++e) {
                      append_rows(both, gate, e * n_ff, n_ff);
                      append_rows(both, up, e * n_ff, n_ff);
                  }
                  tensors.erase(p + "ffn_gate_exps.weight");
                  tensors.erase(p + "ffn_up_exps.weight");
                  tensors[p + "ffn_gate_up_exps.weight"] = both;
              }) > 0);
        CHECK(nmse(want, logits_of(model, tensors)) < 1e-12);
    }
}

TEST_CASE("Qwen3-Next: q, k, v and z of each key head together", "[llm][variants]") {
    const TinyModel& model = tiny("qwen3next");
    constexpr uint64_t kHeads = 2, kSize = 8, kValueRows = 16;  // of the tiny model: 2 value heads for each key head
    Tensors tensors = tensors_of(model);
    const std::vector<float> want = logits_of(model, tensors);
    CHECK(for_layers(tensors, "ssm_out.weight", [&](const std::string& p) {
              const Values qkv = tensors[p + "attn_qkv.weight"], z = tensors[p + "attn_gate.weight"];
              Values all{{qkv.row(), qkv.dims[1] + z.dims[1]}, {}};
              for (uint64_t h = 0; h < kHeads; ++h) {
                  append_rows(all, qkv, h * kSize, kSize);
                  append_rows(all, qkv, (kHeads + h) * kSize, kSize);
                  append_rows(all, qkv, 2 * kHeads * kSize + h * kValueRows, kValueRows);
                  append_rows(all, z, h * kValueRows, kValueRows);
              }
              tensors.erase(p + "attn_qkv.weight");
              tensors.erase(p + "attn_gate.weight");
              tensors[p + "ssm_in.weight"] = all;
          }) == 3);
    CHECK(nmse(want, logits_of(model, tensors)) < 1e-12);
}

TEST_CASE("DeepSeek 2: keys and values of all heads in attn_kv_b, or apart", "[llm][variants]") {
    constexpr uint64_t kHeads = 4, kNope = 8, kLora = 16, kValue = 8;  // of the tiny model, which has attn_kv_b
    const TinyModel& model = tiny("deepseek2");
    const Tensors whole = tensors_of(model);
    const std::vector<float> want = logits_of(model, whole);
    Tensors apart = whole;
    CHECK(for_layers(apart, "attn_kv_b.weight", [&](const std::string& p) {
              const Values both = apart[p + "attn_kv_b.weight"];  // [lora, head * (nope + value)]
              Values k{{kNope, kLora, kHeads}, std::vector<float>(kNope * kLora * kHeads)}, v{{kLora, kValue, kHeads}, {}};
              for (uint64_t h = 0; h < kHeads; ++h) {
                  for (uint64_t i = 0; i < kNope * kLora; ++i) {
                      k.values[(h * kLora + i % kLora) * kNope + i / kLora] = both.values[h * (kNope + kValue) * kLora + i];
                  }
                  append_rows(v, both, h * (kNope + kValue) + kNope, kValue);
              }
              apart.erase(p + "attn_kv_b.weight");
              apart[p + "attn_k_b.weight"] = k;
              apart[p + "attn_v_b.weight"] = v;
          }) == 4);
    CHECK(nmse(want, logits_of(model, apart)) < 1e-11);
}

TEST_CASE("DeepSeek 2 Lite: no compressed query, sizes under their old names", "[llm][variants]") {
    TinyModel model = tiny("deepseek2");
    for (Key& key : model.keys) {
        if (key.name == "attention.q_lora_rank") key.number = 0;
    }
    const Tensors tensors = tensors_of(model);
    CHECK(tensors.contains("blk.0.attn_q.weight"));
    const std::vector<float> want = logits_of(model, tensors);
    std::erase_if(model.keys, [](const Key& k) { return k.name == "attention.q_lora_rank"; });
    CHECK(nmse(want, logits_of(model, tensors)) == 0);
    for (Key& key : model.keys) {
        if (key.name == "attention.key_length_mla") key.name = "attention.key_length";
        if (key.name == "attention.value_length_mla") key.name = "attention.value_length";
    }
    CHECK(nmse(want, logits_of(model, tensors)) == 0);
}

TEST_CASE("Mixtral: experts as wide as feed_forward_length says, whatever other keys there are", "[llm][variants]") {
    TinyModel model = tiny("llama", 1);
    std::erase_if(model.keys, [](const Key& k) { return k.name == "expert_feed_forward_length"; });
    const Tensors tensors = tensors_of(model);
    const std::vector<float> want = logits_of(model, tensors);
    model.keys.push_back({"expert_feed_forward_length", GgufKind::U32, 8, {}});
    CHECK(nmse(want, logits_of(model, tensors)) == 0);
}
