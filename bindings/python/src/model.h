// dlgo_llm for Python.
#pragma once
#include <dlgo.h>
#include <pybind11/pybind11.h>

#include <memory>
#include <string>
#include <vector>

#include "options.h"

namespace dlgo_python {

class Model {
public:
    // progress: None or a function of a fraction; what it raises ends the load.
    Model(const std::string& path, const pybind11::dict& options, pybind11::object progress);

    void close() { llm_.reset(); }
    dlgo_llm* get() const;  // raises when closed

    pybind11::dict info() const;
    std::vector<std::pair<std::string, std::string>> metadata() const;
    pybind11::list tensors() const;
    std::vector<int32_t> tokenize(const pybind11::object& text, bool add_special, bool parse_special) const;
    pybind11::bytes detokenize(const std::vector<int32_t>& tokens, bool special) const;
    std::string format_chat(const Messages& messages, const pybind11::dict& options) const;
    uint32_t vocab_size() const { return vocab_size_; }

private:
    std::shared_ptr<dlgo_llm> llm_;
    uint32_t vocab_size_ = 0;
};

pybind11::dict estimate(const std::string& path, const pybind11::dict& options);
pybind11::list devices();

}  // namespace dlgo_python
