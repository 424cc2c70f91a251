#include <cstdio>
#include <fstream>
#include <iterator>

#include "golden.h"

namespace dlgo_golden {

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw Failure("cannot open " + path);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void check(dlgo_status status) {
    if (status != DLGO_OK) throw Failure(std::string(dlgo_status_string(status)) + ": " + dlgo_last_error());
}

int report(size_t equal, size_t total) {
    std::printf("%zu of %zu equal\n", equal, total);
    return equal == total && total > 0 ? 0 : 1;
}

}  // namespace dlgo_golden

namespace {

constexpr const char* kUsage =
    "usage: dlgo-golden logits MODEL GOLDEN OUT [--device cpu|vulkan] [--batch N] [--kv f32|f16] [--threads N] [--gpu-layers N] [--isa NAME]\n"
    "       dlgo-golden tokens VOCAB.gguf CASES.jsonl\n"
    "       dlgo-golden template FILE.jinja FILE.json\n"
    "       dlgo-golden quants FILE.bin\n";

}  // namespace

int main(int argc, char** argv) {
    using namespace dlgo_golden;
    Args args(argv + 1, argv + argc);
    const std::string command = args.empty() ? "" : args[0];
    if (!args.empty()) args.erase(args.begin());
    try {
        if (command == "logits" && args.size() >= 3) return logits(args);
        if (command == "tokens" && args.size() == 2) return tokens(args);
        if (command == "template" && args.size() == 2) return render_template(args);
        if (command == "quants" && args.size() == 1) return quants(args);
        std::fputs(kUsage, stderr);
        return 2;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "dlgo-golden: %s\n", error.what());
        return 1;
    }
}
