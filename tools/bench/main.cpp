// dlgo-bench MODEL [-p N] [-n N] [-r N] [-t N] [--depth N] [--device D] [--gpu-layers N] [--ubatch N] [--isa NAME] [--mmap | --no-mmap] [--log] [--json]
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "bench.h"

namespace {

constexpr const char* kUsage =
    "usage: dlgo-bench MODEL.gguf [options]\n"
    "  -p N            tokens of prefill (512)\n"
    "  -n N            tokens of decode (128)\n"
    "  -r N            repetitions (5)\n"
    "  -t N            threads (one per physical core)\n"
    "  --depth N       tokens in the context beforehand (0)\n"
    "  --device D      auto, cpu, vulkan, vulkan:N\n"
    "  --gpu-layers N  layers on the GPU (as many as fit)\n"
    "  --ubatch N      rows per prefill step\n"
    "  --isa NAME      CPU kernels: scalar, avx2, avxvnni, avx512vnni, amx\n"
    "  --mmap          use weights in the mapped file, without a copy; --no-mmap: read the file\n"
    "  --log           the library's messages to stderr\n"
    "  --json          one JSON object instead of text\n";

int usage() {
    std::fputs(kUsage, stderr);
    return 2;
}

}  // namespace

int main(int argc, char** argv) {
    dlgo_bench::Options options;
    bool json = false;
    for (int i = 1; i < argc; ++i) {
        const std::string arg = argv[i];
        if (arg[0] != '-') {
            if (!options.model.empty()) return usage();
            options.model = arg;
            continue;
        }
        if (arg == "--json") {
            json = true;
            continue;
        }
        if (arg == "--mmap" || arg == "--no-mmap") {
            options.use_mmap = arg == "--mmap";
            continue;
        }
        if (arg == "--log") {
            dlgo_set_log_callback([](int32_t, const char* message, void*) { std::fprintf(stderr, "%s\n", message); }, nullptr);
            continue;
        }
        if (arg == "-h" || arg == "--help") {
            std::fputs(kUsage, stdout);
            return 0;
        }
        if (++i == argc) return usage();
        const char* value = argv[i];
        if (arg == "-p") options.prompt = std::atoi(value);
        else if (arg == "-n") options.generate = std::atoi(value);
        else if (arg == "-r") options.repeat = std::atoi(value);
        else if (arg == "-t") options.threads = std::atoi(value);
        else if (arg == "--depth") options.depth = std::atoi(value);
        else if (arg == "--device") options.device = value;
        else if (arg == "--gpu-layers") options.gpu_layers = std::atoi(value);
        else if (arg == "--ubatch") options.ubatch = std::atoi(value);
        else if (arg == "--isa") options.isa = value;
        else return usage();
    }
    if (options.model.empty()) return usage();
    try {
        const dlgo_bench::Result result = dlgo_bench::run(options);
        std::fputs((json ? to_json(options, result) + "\n" : to_text(options, result)).c_str(), stdout);
        return 0;
    } catch (const dlgo_bench::Error& error) {
        std::fprintf(stderr, "dlgo-bench: %s: %s\n", dlgo_status_string(error.status), error.what());
        return 1;
    }
}
