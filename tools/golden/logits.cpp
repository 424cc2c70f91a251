// The logits of a model for the tokens of a golden file, in the format of golden files:
// "DLGOLD01", int32 version n_prompt n_decode n_vocab n_ctx 0, int32 tokens[n], float logits[n][n_vocab].
#include <algorithm>
#include <cstring>
#include <fstream>
#include <memory>

#include "golden.h"

namespace dlgo_golden {
namespace {

struct Header {
    char magic[8];
    int32_t version, n_prompt, n_decode, n_vocab, n_ctx, zero;
};
static_assert(sizeof(Header) == 32);

struct Golden {
    Header header;
    std::vector<int32_t> tokens;
};

Golden read_golden(const std::string& path) {
    const std::string data = read_file(path);
    Golden golden{};
    if (data.size() < sizeof(Header)) throw Failure(path + ": too short");
    std::memcpy(&golden.header, data.data(), sizeof(Header));
    const Header& h = golden.header;
    if (std::memcmp(h.magic, "DLGOLD01", 8) != 0 || h.n_prompt < 1 || h.n_decode < 0 || h.n_vocab < 1) {
        throw Failure(path + ": not a golden file");
    }
    const size_t n = static_cast<size_t>(h.n_prompt) + static_cast<size_t>(h.n_decode);
    if (data.size() < sizeof(Header) + n * sizeof(int32_t)) throw Failure(path + ": tokens are cut off");
    golden.tokens.resize(n);
    std::memcpy(golden.tokens.data(), data.data() + sizeof(Header), n * sizeof(int32_t));
    return golden;
}

struct Options {
    std::string device = "cpu", isa;
    int batch = 0, threads = 0, gpu_layers = DLGO_GPU_LAYERS_AUTO;
    int32_t kv_type = DLGO_KV_F16;
};

Options parse(const Args& args) {
    Options options;
    for (size_t i = 3; i < args.size(); i += 2) {
        const std::string& name = args[i];
        if (i + 1 == args.size()) throw Failure(name + " needs a value");
        const std::string& value = args[i + 1];
        if (name == "--device") options.device = value;
        else if (name == "--isa") options.isa = value;
        else if (name == "--batch") options.batch = std::stoi(value);
        else if (name == "--threads") options.threads = std::stoi(value);
        else if (name == "--gpu-layers") options.gpu_layers = std::stoi(value);
        else if (name == "--kv" && (value == "f16" || value == "f32")) options.kv_type = value == "f32" ? DLGO_KV_F32 : DLGO_KV_F16;
        else throw Failure("unknown option " + name + " " + value);
    }
    return options;
}

struct Free {
    void operator()(dlgo_llm* llm) const { dlgo_llm_free(llm); }
    void operator()(dlgo_session* session) const { dlgo_session_free(session); }
};

}  // namespace

int logits(const Args& args) {
    const Options options = parse(args);
    const Golden golden = read_golden(args[1]);
    const Header& header = golden.header;
    const size_t n = golden.tokens.size();
    const auto n_prompt = static_cast<size_t>(header.n_prompt);
    const size_t batch = options.batch > 0 ? static_cast<size_t>(options.batch) : n_prompt;
    const size_t n_ctx = std::max(n, static_cast<size_t>(std::max(header.n_ctx, 0)));

    dlgo_llm_options load;
    dlgo_llm_options_init(&load);
    load.device = options.device.c_str();
    load.isa = options.isa.empty() ? nullptr : options.isa.c_str();
    load.threads = options.threads;
    load.gpu_layers = options.gpu_layers;
    load.max_context = static_cast<uint32_t>(n_ctx);
    dlgo_llm* loaded = nullptr;
    check(dlgo_llm_load(args[0].c_str(), &load, &loaded));
    const std::unique_ptr<dlgo_llm, Free> llm(loaded);

    dlgo_llm_info info{};
    info.struct_size = sizeof info;
    check(dlgo_llm_get_info(llm.get(), &info));
    const size_t n_vocab = info.vocab_size;
    if (n_vocab != static_cast<size_t>(header.n_vocab)) {
        throw Failure("the model has " + std::to_string(n_vocab) + " tokens, the golden file " + std::to_string(header.n_vocab));
    }

    dlgo_session_options session_options;
    dlgo_session_options_init(&session_options);
    session_options.n_ctx = static_cast<uint32_t>(n_ctx);
    session_options.n_ubatch = static_cast<uint32_t>(std::min<size_t>(batch, 4096));
    session_options.kv_type = options.kv_type;
    dlgo_session* created = nullptr;
    check(dlgo_session_create(llm.get(), &session_options, &created));
    const std::unique_ptr<dlgo_session, Free> session(created);

    std::vector<float> rows(n * n_vocab);
    for (size_t i = 0; i < n;) {
        const size_t count = i < n_prompt ? std::min(batch, n_prompt - i) : 1;
        check(dlgo_session_eval_all(session.get(), &golden.tokens[i], count, &rows[i * n_vocab]));
        i += count;
    }

    std::ofstream out(args[2], std::ios::binary);
    out.write(reinterpret_cast<const char*>(&header), sizeof header);
    out.write(reinterpret_cast<const char*>(golden.tokens.data()), static_cast<std::streamsize>(n * sizeof(int32_t)));
    out.write(reinterpret_cast<const char*>(rows.data()), static_cast<std::streamsize>(rows.size() * sizeof(float)));
    out.close();
    if (!out) throw Failure("cannot write " + args[2]);
    return 0;
}

}  // namespace dlgo_golden
