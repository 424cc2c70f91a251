#include <cstdio>

#include "bench.h"

namespace dlgo_bench {
namespace {

std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        char escaped[8];
        if (c == '"' || c == '\\') {
            out += {'\\', c};
        } else if (static_cast<unsigned char>(c) < 0x20) {
            std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(c));
            out += escaped;
        } else {
            out += c;
        }
    }
    return out + '"';
}

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", value);
    return text;
}

class Object {
public:
    void add(const char* key, const std::string& json) {
        text_ += text_.empty() ? "{" : ", ";
        text_ += quoted(key) + ": " + json;
    }
    void add(const char* key, double value) { add(key, number(value)); }
    void add(const char* key, uint64_t value) { add(key, std::to_string(value)); }
    void add(const char* key, int value) { add(key, std::to_string(value)); }
    void add_series(const std::string& key, const Series& series) {
        add((key + "_tps").c_str(), series.median());
        add((key + "_tps_min").c_str(), series.min());
        add((key + "_tps_max").c_str(), series.max());
        std::string all;
        for (const double tps : series.tps) all += (all.empty() ? "" : ", ") + number(tps);
        add((key + "_tps_all").c_str(), "[" + all + "]");
    }
    std::string str() const { return text_ + "}"; }

private:
    std::string text_;
};

std::string line(const char* format, auto... values) {
    char text[1024];
    std::snprintf(text, sizeof text, format, values...);
    return text;
}

std::string series_line(const char* name, int tokens, const Series& series) {
    if (series.tps.empty()) return {};
    return line("%-8s %6d tokens  %10.2f tokens/s   (%.2f to %.2f in %zu runs)\n", name, tokens, series.median(), series.min(), series.max(),
                series.tps.size());
}

}  // namespace

std::string to_text(const Options& options, const Result& result) {
    const dlgo_llm_info& info = result.info;
    std::string out = line("model    %s %s, %.3g M parameters, %.1f MB\n", info.architecture, info.name,
                           static_cast<double>(info.parameters) * 1e-6, static_cast<double>(info.weight_bytes) * 1e-6);
    out += line("device   %s, %d of %d layers on a GPU, cpu kernels %s, %d threads, depth %d\n", info.device, info.gpu_layers, info.layers,
                info.isa, info.threads, options.depth);
    out += line("load     %.0f ms, peak memory %.1f MB\n", result.load_ms, static_cast<double>(result.peak_rss) * 1e-6);
    out += series_line("prefill", options.prompt, result.prefill);
    out += series_line("decode", options.generate, result.decode);
    if (!result.decode.tps.empty()) {
        out += line("memory   %.2f MB of weights a token: %.2f GB/s; main memory reads at %.2f GB/s\n",
                    static_cast<double>(result.bytes_per_token) * 1e-6, result.decode_gbps(), result.memory_gbps);
    }
    return out;
}

std::string to_json(const Options& options, const Result& result) {
    const dlgo_llm_info& info = result.info;
    Object out;
    out.add("model", quoted(options.model));
    out.add("architecture", quoted(info.architecture));
    out.add("name", quoted(info.name));
    out.add("version", quoted(dlgo_version()));
    out.add("device", quoted(info.device));
    out.add("isa", quoted(info.isa));
    out.add("threads", info.threads);
    out.add("gpu_layers", info.gpu_layers);
    out.add("layers", info.layers);
    out.add("parameters", info.parameters);
    out.add("active_parameters", info.active_parameters);
    out.add("weight_bytes", info.weight_bytes);
    out.add("repacked_bytes", info.repacked_bytes);
    out.add("n_prompt", options.prompt);
    out.add("n_generate", options.generate);
    out.add("depth", options.depth);
    out.add("repeat", options.repeat);
    out.add("load_ms", result.load_ms);
    out.add("peak_rss_bytes", result.peak_rss);
    out.add_series("prefill", result.prefill);
    out.add_series("decode", result.decode);
    out.add("bytes_per_token", result.bytes_per_token);
    out.add("decode_gbps", result.decode_gbps());
    out.add("memory_gbps", result.memory_gbps);
    return out.str();
}

}  // namespace dlgo_bench
