// Speed of a model on this machine, measured through dlgo.h alone. Shared by dlgo-bench and `dlgo bench`.
#pragma once
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include <dlgo.h>

namespace dlgo_bench {

struct Options {
    std::string model;
    std::string device = "auto";
    std::string isa;      // "" = the best
    int prompt = 512;     // tokens of prefill
    int generate = 128;   // tokens of decode
    int repeat = 5;
    int depth = 0;        // tokens already in the context when measuring starts
    int threads = 0;      // 0 = the library's default
    int gpu_layers = DLGO_GPU_LAYERS_AUTO;
    int ubatch = 0;       // 0 = the library's default
    int32_t use_mmap = DLGO_MMAP_AUTO;
    std::function<bool()> keep_going;  // asked between repetitions; false ends the run with DLGO_ERROR_CANCELLED
};

struct Series {
    std::vector<double> tps;  // tokens per second of each repetition
    double median() const;
    double min() const;
    double max() const;
};

struct Result {
    dlgo_llm_info info{};
    double load_ms = 0;
    Series prefill;
    Series decode;
    uint64_t bytes_per_token = 0;  // of weights that one decoded token reads
    double memory_gbps = 0;        // streaming read of main memory with the same number of threads
    uint64_t peak_rss = 0;
    double decode_gbps() const { return static_cast<double>(bytes_per_token) * decode.median() * 1e-9; }
};

class Error : public std::runtime_error {
public:
    Error(dlgo_status status, const std::string& message) : std::runtime_error(message), status(status) {}
    dlgo_status status;
};

Result run(const Options& options);
std::string to_text(const Options& options, const Result& result);
std::string to_json(const Options& options, const Result& result);

// Highest rate, in GB/s, at which `threads` threads read memory that no cache holds.
double memory_read_gbps(int threads);

}  // namespace dlgo_bench
