#include "bench.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string_view>

#if defined(__unix__)
#include <sys/resource.h>
#endif

namespace dlgo_bench {
namespace {

using Clock = std::chrono::steady_clock;

struct Free {
    void operator()(dlgo_llm* llm) const { dlgo_llm_free(llm); }
    void operator()(dlgo_session* session) const { dlgo_session_free(session); }
};
using Llm = std::unique_ptr<dlgo_llm, Free>;
using Session = std::unique_ptr<dlgo_session, Free>;

void check(dlgo_status status) {
    if (status != DLGO_OK) throw Error(status, dlgo_last_error());
}

double ms_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

double metadata_number(const dlgo_llm* llm, const std::string& key, double missing) {
    char* text = nullptr;
    if (dlgo_llm_metadata_find(llm, key.c_str(), &text) != DLGO_OK) return missing;
    const double value = std::strtod(text, nullptr);
    dlgo_free(text);
    return value;
}

// A token reads every weight once, but of the experts only those chosen, and of an input embedding one row; an embedding that is
// also the output matrix is read whole.
uint64_t bytes_per_token(const dlgo_llm* llm, const dlgo_llm_info& info) {
    const std::string arch = info.architecture;
    const double experts = metadata_number(llm, arch + ".expert_count", 0);
    const double used = metadata_number(llm, arch + ".expert_used_count", experts);
    double total = 0;
    double embedding = 0;
    bool has_output = false;
    for (size_t i = 0; i < dlgo_llm_tensor_count(llm); ++i) {
        dlgo_tensor_info tensor{};
        tensor.struct_size = sizeof tensor;
        check(dlgo_llm_tensor_get(llm, i, &tensor));
        const std::string_view name = tensor.name;
        const auto bytes = static_cast<double>(tensor.bytes);
        if (name == "token_embd.weight") {
            embedding = bytes;
        } else if (name == "per_layer_token_embd.weight" || name.find(".nextn.") != name.npos) {
            continue;
        } else if (name.find("_exps.") != name.npos && experts > 0) {
            total += bytes * used / experts;
        } else {
            has_output = has_output || name == "output.weight";
            total += bytes;
        }
    }
    return static_cast<uint64_t>(has_output ? total : total + embedding);
}

class Runner {
public:
    Runner(dlgo_llm* llm, const Options& options, const dlgo_llm_info& info) : options_(options), logits_(info.vocab_size) {
        dlgo_session_options session_options;
        dlgo_session_options_init(&session_options);
        session_options.n_ctx = static_cast<uint32_t>(options.depth + std::max(options.prompt, options.generate) + 1);
        session_options.n_ubatch = static_cast<uint32_t>(options.ubatch);
        dlgo_session* session = nullptr;
        check(dlgo_session_create(llm, &session_options, &session));
        session_.reset(session);

        std::mt19937 random(1);
        std::uniform_int_distribution<int32_t> any(0, static_cast<int32_t>(info.vocab_size) - 1);
        tokens_.resize(static_cast<size_t>(std::max({options.depth, options.prompt, options.generate, 1})));
        std::generate(tokens_.begin(), tokens_.end(), [&] { return any(random); });
    }

    double prefill_tps() {
        to_depth();
        const auto start = Clock::now();
        eval(tokens_.data(), static_cast<size_t>(options_.prompt));
        return options_.prompt * 1e3 / ms_since(start);
    }

    double decode_tps(int n) {
        to_depth();
        const auto start = Clock::now();
        for (int i = 0; i < n; ++i) eval(&tokens_[static_cast<size_t>(i)], 1);
        return n * 1e3 / ms_since(start);
    }

private:
    void eval(const int32_t* tokens, size_t n) { check(dlgo_session_eval(session_.get(), tokens, n, logits_.data())); }

    void to_depth() {
        const auto depth = static_cast<size_t>(options_.depth);
        if (dlgo_session_position(session_.get()) >= depth && dlgo_session_truncate(session_.get(), depth) == DLGO_OK) return;
        check(dlgo_session_truncate(session_.get(), 0));
        eval(tokens_.data(), depth);
    }

    const Options& options_;
    Session session_;
    std::vector<int32_t> tokens_;
    std::vector<float> logits_;
};

}  // namespace

double Series::median() const {
    if (tps.empty()) return 0;
    std::vector<double> sorted = tps;
    std::sort(sorted.begin(), sorted.end());
    const size_t half = sorted.size() / 2;
    return sorted.size() % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

double Series::min() const { return tps.empty() ? 0 : *std::min_element(tps.begin(), tps.end()); }
double Series::max() const { return tps.empty() ? 0 : *std::max_element(tps.begin(), tps.end()); }

Result run(const Options& options) {
    if (options.prompt < 0 || options.generate < 0 || options.depth < 0 || options.repeat < 1) {
        throw Error(DLGO_ERROR_INVALID_ARGUMENT, "prompt, generate and depth must not be negative, repeat at least 1");
    }
    dlgo_llm_options load;
    dlgo_llm_options_init(&load);
    load.device = options.device.c_str();
    load.isa = options.isa.empty() ? nullptr : options.isa.c_str();
    load.threads = options.threads;
    load.gpu_layers = options.gpu_layers;
    load.use_mmap = options.use_mmap;
    load.max_context = static_cast<uint32_t>(options.depth + std::max(options.prompt, options.generate) + 1);

    Result result;
    const auto start = Clock::now();
    dlgo_llm* loaded = nullptr;
    check(dlgo_llm_load(options.model.c_str(), &load, &loaded));
    const Llm llm(loaded);
    result.load_ms = ms_since(start);
    result.info.struct_size = sizeof result.info;
    check(dlgo_llm_get_info(llm.get(), &result.info));
    result.bytes_per_token = bytes_per_token(llm.get(), result.info);
    {
        Runner runner(llm.get(), options, result.info);
        if (options.prompt > 0) runner.prefill_tps();  // warm-up: page faults, threads, pipelines
        if (options.generate > 0) runner.decode_tps(std::min(options.generate, 4));
        for (int i = 0; i < options.repeat; ++i) {
            if (options.keep_going && !options.keep_going()) throw Error(DLGO_ERROR_CANCELLED, "cancelled");
            if (options.prompt > 0) result.prefill.tps.push_back(runner.prefill_tps());
            if (options.generate > 0) result.decode.tps.push_back(runner.decode_tps(options.generate));
        }
    }
#if defined(__unix__)
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    result.peak_rss = static_cast<uint64_t>(usage.ru_maxrss) * 1024;  // kilobytes on Linux
#endif
    result.memory_gbps = memory_read_gbps(result.info.threads);
    return result;
}

}  // namespace dlgo_bench
