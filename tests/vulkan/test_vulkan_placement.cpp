// Models that are on the GPU as a whole, in part, or not at all give the same logits.
#include <cmath>
#include <cstdlib>

#include "models/llm/session.h"
#include "tests/support/errors.h"
#include "tests/support/files.h"
#include "tests/support/tiny_models.h"
#include "tests/vulkan/gpu.h"

using namespace dlgo;
using namespace dlgo::test;

namespace {

std::vector<int32_t> some_tokens() {
    std::vector<int32_t> tokens;
    for (int32_t i = 0; i < 24; ++i) tokens.push_back((i * 37 + 11) % 64);
    return tokens;
}

std::vector<float> last_logits_of(const std::shared_ptr<const Model>& model) {
    Session session(model, 64, 16, CacheType::F32);
    std::vector<float> out(model->plan().n_vocab);
    session.eval(some_tokens(), Session::Rows::Last, out.data());
    return out;
}

std::vector<float> logits_of(const std::shared_ptr<const Model>& model, size_t batch) {
    Session session(model, 64, 16, CacheType::F32);
    const std::vector<int32_t> tokens = some_tokens();
    const size_t n_vocab = model->plan().n_vocab;
    std::vector<float> out(tokens.size() * n_vocab);
    for (size_t i = 0; i < tokens.size(); i += batch) {
        session.eval(std::span(tokens).subspan(i, std::min(batch, tokens.size() - i)), Session::Rows::All, out.data() + i * n_vocab);
    }
    return out;
}

void check_equal(const std::vector<float>& want, const std::vector<float>& got) {
    double error = 0, power = 1e-30;
    for (size_t i = 0; i < want.size(); ++i) {
        error += std::pow(double{got[i]} - want[i], 2);
        power += std::pow(double{want[i]}, 2);
    }
    CHECK(error / power <= 5e-5);  // the CPU, the other side, rounds activations to 8 bits
}

std::shared_ptr<const Model> load(const std::string& path, const std::string& device, int32_t gpu_layers, uint64_t budget = 0) {
    ModelOptions options;
    options.device = device;
    options.gpu_layers = gpu_layers;
    options.vram_budget = budget;
    options.threads = 2;
    return Model::load(path, options);
}

}  // namespace

TEST_CASE("Vulkan: 0, 1, half and all layers", "[vulkan]") {
    const std::string device = gpu()->info().name;
    for (const TinyModel& tiny : tiny_models()) {
        if (tiny.arch != "llama" && tiny.arch != "gemma3" && tiny.arch != "qwen35moe") continue;
        CAPTURE(tiny.arch);
        TempDir dir;
        const std::string path = dir.write("tiny.gguf", tiny_file(tiny));
        const auto cpu = load(path, "cpu", 0);
        const auto want = logits_of(cpu, 16);
        const auto n = static_cast<int32_t>(cpu->plan().n_layer);
        for (const int32_t layers : {0, 1, (n + 1) / 2, n, -1}) {
            CAPTURE(layers);
            const auto model = load(path, device, layers);
            CHECK(model->info().gpu_layers == (layers < 0 ? n : layers));
            check_equal(want, logits_of(model, 16));
            check_equal(want, logits_of(model, 1));
            check_equal({want.end() - model->plan().n_vocab, want.end()}, last_logits_of(model));
        }
    }
}

TEST_CASE("Vulkan: every budget loads and answers", "[vulkan]") {
    const std::string device = gpu()->info().name;
    TempDir dir;
    const std::string path = dir.write("tiny.gguf", tiny_file(tiny_models().front()));
    const auto want = logits_of(load(path, "cpu", 0), 16);
    ModelOptions options;
    options.device = device;
    const dlgo_memory_plan whole = Model::estimate(path, options);
    const uint64_t all = whole.device_weights + whole.device_state + whole.device_scratch;
    CHECK(whole.gpu_layers == whole.layers);
    int32_t before = 0;
    for (uint64_t percent = 10; percent <= 110; percent += 20) {
        CAPTURE(percent);
        options.vram_budget = all * percent / 100;
        const dlgo_memory_plan plan = Model::estimate(path, options);
        CHECK(plan.device_weights + plan.device_state + plan.device_scratch <= options.vram_budget);
        CHECK(plan.gpu_layers >= before);
        before = plan.gpu_layers;
        const auto model = load(path, device, -1, options.vram_budget);
        CHECK(model->info().gpu_layers == plan.gpu_layers);
        check_equal(want, logits_of(model, 16));
    }
    CHECK(before == whole.layers);
    for (const char* budget : {"0", "1M"}) {
        ::setenv("DLGO_VRAM_BUDGET", budget, 1);
        check_equal(want, logits_of(load(path, device, -1), 16));
    }
    ::unsetenv("DLGO_VRAM_BUDGET");
}

TEST_CASE("Vulkan: caches are saved, restored and truncated like the CPU's", "[vulkan]") {
    const std::string device = gpu()->info().name;
    TempDir dir;
    const std::string path = dir.write("tiny.gguf", tiny_file(tiny_models().front()));
    const auto on_gpu = load(path, device, -1), on_cpu = load(path, "cpu", 0);
    const std::vector<int32_t> tokens{5, 17, 3, 60, 22, 9, 41};
    const size_t n_vocab = on_cpu->plan().n_vocab;
    std::vector<float> want(n_vocab), got(n_vocab);
    Session a(on_gpu, 64, 16, CacheType::F16), b(on_cpu, 64, 16, CacheType::F16);
    a.eval(std::span(tokens).first(5), Session::Rows::None, nullptr);
    a.save(dir.file("state"));
    b.restore(dir.file("state"));
    a.truncate(3);
    b.truncate(3);
    a.eval(std::span(tokens).subspan(5), Session::Rows::Last, got.data());
    b.eval(std::span(tokens).subspan(5), Session::Rows::Last, want.data());
    check_equal(want, got);
}
