// Python keyword arguments -> option structs of dlgo.h, with the storage their pointers need.
#pragma once
#include <dlgo.h>
#include <pybind11/pybind11.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace dlgo_python {

struct GenerateArgs {
    dlgo_generate_options options;
    dlgo_chat_options chat;
    std::deque<std::string> strings;  // references stay valid
    std::vector<const char*> stop;
    std::vector<dlgo_logit_bias> bias;

    GenerateArgs();
    GenerateArgs(const GenerateArgs&) = delete;
    const char* keep(pybind11::handle text);
};

// TypeError for an unknown keyword.
std::unique_ptr<GenerateArgs> generate_args(const pybind11::dict& keywords);

struct LoadArgs {
    dlgo_llm_options options;
    std::string device, isa;
    LoadArgs(const LoadArgs&) = delete;
    explicit LoadArgs(const pybind11::dict& keywords);
};

struct Messages {
    std::deque<std::string> strings;
    std::vector<dlgo_message> items;
    explicit Messages(const std::vector<std::pair<std::string, std::string>>& role_and_content);
    Messages(Messages&&) = default;
};

}  // namespace dlgo_python
