#include "options.h"

#include <pybind11/stl.h>

namespace py = pybind11;

namespace dlgo_python {
namespace {

[[noreturn]] void unknown(const std::string& name) { throw py::type_error("unknown option '" + name + "'"); }

}  // namespace

GenerateArgs::GenerateArgs() {
    dlgo_generate_options_init(&options);
    dlgo_chat_options_init(&chat);
    options.chat = &chat;
}

const char* GenerateArgs::keep(py::handle text) {
    strings.push_back(text.cast<std::string>());
    if (strings.back().find('\0') != std::string::npos) throw py::value_error("embedded null character");
    return strings.back().c_str();
}

std::unique_ptr<GenerateArgs> generate_args(const py::dict& keywords) {
    auto args = std::make_unique<GenerateArgs>();
    dlgo_generate_options& o = args->options;
    for (const auto& [key, value] : keywords) {
        if (value.is_none()) continue;
        const auto name = key.cast<std::string>();
        if (name == "max_tokens") o.max_tokens = value.cast<int32_t>();
        else if (name == "temperature") o.temperature = value.cast<float>();
        else if (name == "top_k") o.top_k = value.cast<int32_t>();
        else if (name == "top_p") o.top_p = value.cast<float>();
        else if (name == "min_p") o.min_p = value.cast<float>();
        else if (name == "repetition_penalty") o.repetition_penalty = value.cast<float>();
        else if (name == "presence_penalty") o.presence_penalty = value.cast<float>();
        else if (name == "frequency_penalty") o.frequency_penalty = value.cast<float>();
        else if (name == "penalty_last_n") o.penalty_last_n = value.cast<int32_t>();
        else if (name == "seed") o.seed = value.cast<uint64_t>();
        else if (name == "logprobs") o.logprobs = value.cast<int32_t>();
        else if (name == "parse_special") o.parse_special = args->chat.parse_special = value.cast<bool>();
        else if (name == "ignore_eos") o.ignore_eos = value.cast<bool>();
        else if (name == "grammar") o.grammar = args->keep(value);
        else if (name == "json_schema") o.json_schema = args->keep(value);
        else if (name == "chat_template") args->chat.template_text = args->keep(value);
        else if (name == "tools") args->chat.tools_json = args->keep(value);
        else if (name == "template_args") args->chat.extra_json = args->keep(value);
        else if (name == "add_generation_prompt") args->chat.add_generation_prompt = value.cast<bool>();
        else if (name == "stop") {
            for (const auto& text : value) args->stop.push_back(args->keep(text));
        } else if (name == "logit_bias") {
            for (const auto& [token, bias] : value.cast<py::dict>()) args->bias.push_back({token.cast<int32_t>(), bias.cast<float>()});
        } else {
            unknown(name);
        }
    }
    o.stop = args->stop.data();
    o.n_stop = args->stop.size();
    o.logit_bias = args->bias.data();
    o.n_logit_bias = args->bias.size();
    return args;
}

LoadArgs::LoadArgs(const py::dict& keywords) {
    dlgo_llm_options_init(&options);
    for (const auto& [key, value] : keywords) {
        if (value.is_none()) continue;
        const auto name = key.cast<std::string>();
        if (name == "device") device = value.cast<std::string>();
        else if (name == "isa") isa = value.cast<std::string>();
        else if (name == "gpu_layers") options.gpu_layers = value.cast<int32_t>();
        else if (name == "vram_budget") options.vram_budget = value.cast<uint64_t>();
        else if (name == "threads") options.threads = value.cast<int32_t>();
        else if (name == "vocab_only") options.vocab_only = value.cast<bool>();
        else if (name == "use_mmap") options.use_mmap = value.cast<bool>();
        else if (name == "max_context") options.max_context = value.cast<uint32_t>();
        else unknown(name);
    }
    options.device = device.empty() ? nullptr : device.c_str();
    options.isa = isa.empty() ? nullptr : isa.c_str();
}

Messages::Messages(const std::vector<std::pair<std::string, std::string>>& role_and_content) {
    for (const auto& [role, content] : role_and_content) {
        if ((role + content).find('\0') != std::string::npos) throw py::value_error("embedded null character");
        const std::string& kept_role = strings.emplace_back(role);
        const std::string& kept_content = strings.emplace_back(content);
        items.push_back({kept_role.c_str(), kept_content.c_str()});
    }
}

}  // namespace dlgo_python
