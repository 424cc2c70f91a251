#include "model.h"

#include <pybind11/stl.h>

#include "errors.h"

namespace py = pybind11;

namespace dlgo_python {
namespace {

struct Progress {
    py::object report;
    std::unique_ptr<py::error_already_set> raised;

    static int32_t call(float fraction, void* user_data) {
        auto& self = *static_cast<Progress*>(user_data);
        const py::gil_scoped_acquire acquire;
        try {
            if (PyErr_CheckSignals() != 0) throw py::error_already_set();
            if (!self.report.is_none()) self.report(fraction);
            return 0;
        } catch (py::error_already_set& error) {
            self.raised = std::make_unique<py::error_already_set>(error);
            return 1;
        }
    }
};

std::string take(char* text) {
    std::string out = text;
    dlgo_free(text);
    return out;
}

}  // namespace

Model::Model(const std::string& path, const py::dict& keywords, py::object report) {
    LoadArgs args(keywords);
    Progress progress{std::move(report), nullptr};
    args.options.progress = Progress::call;
    args.options.progress_user_data = &progress;
    dlgo_llm* llm = nullptr;
    Outcome outcome;
    {
        const py::gil_scoped_release release;
        outcome = Outcome::of(dlgo_llm_load(path.c_str(), &args.options, &llm));
    }
    llm_.reset(llm, dlgo_llm_free);
    if (progress.raised) throw *progress.raised;
    outcome.check();
    dlgo_llm_info info{};
    info.struct_size = sizeof info;
    Outcome::of(dlgo_llm_get_info(llm, &info)).check();
    vocab_size_ = info.vocab_size;
}

dlgo_llm* Model::get() const {
    if (!llm_) raise(DLGO_ERROR_INVALID_ARGUMENT, "the model is closed");
    return llm_.get();
}

py::dict Model::info() const {
    dlgo_llm_info info{};
    info.struct_size = sizeof info;
    Outcome::of(dlgo_llm_get_info(get(), &info)).check();
    py::dict out;
    out["architecture"] = info.architecture;
    out["name"] = info.name;
    out["device"] = info.device;
    out["isa"] = info.isa;
    out["layers"] = info.layers;
    out["gpu_layers"] = info.gpu_layers;
    out["threads"] = info.threads;
    out["parameters"] = info.parameters;
    out["active_parameters"] = info.active_parameters;
    out["weight_bytes"] = info.weight_bytes;
    out["repacked_bytes"] = info.repacked_bytes;
    out["context_length"] = info.context_length;
    out["vocab_size"] = info.vocab_size;
    out["embedding_length"] = info.embedding_length;
    out["bos_token"] = info.bos_token;
    out["eos_token"] = info.eos_token;
    out["has_chat_template"] = info.has_chat_template != 0;
    out["has_weights"] = info.has_weights != 0;
    return out;
}

std::vector<std::pair<std::string, std::string>> Model::metadata() const {
    std::vector<std::pair<std::string, std::string>> out;
    for (size_t i = 0; i < dlgo_llm_metadata_count(get()); ++i) {
        char *key = nullptr, *value = nullptr;
        Outcome::of(dlgo_llm_metadata_get(get(), i, &key, &value)).check();
        out.emplace_back(take(key), take(value));
    }
    return out;
}

py::list Model::tensors() const {
    py::list out;
    for (size_t i = 0; i < dlgo_llm_tensor_count(get()); ++i) {
        dlgo_tensor_info tensor{};
        tensor.struct_size = sizeof tensor;
        Outcome::of(dlgo_llm_tensor_get(get(), i, &tensor)).check();
        py::list shape;
        for (uint32_t d = 0; d < tensor.n_dims; ++d) shape.append(tensor.dims[d]);
        out.append(py::make_tuple(tensor.name, tensor.type, py::tuple(shape), tensor.bytes, tensor.device));
    }
    return out;
}

std::vector<int32_t> Model::tokenize(const py::object& text, bool add_special, bool parse_special) const {
    const auto bytes = text.cast<std::string>();  // str as UTF-8, bytes as they are
    const uint32_t flags = (add_special ? DLGO_TOKENIZE_ADD_BOS : 0) | (parse_special ? DLGO_TOKENIZE_PARSE_SPECIAL : 0);
    dlgo_llm* const llm = get();
    std::vector<int32_t> tokens(bytes.size() + 16);
    Outcome outcome;
    {
        const py::gil_scoped_release release;
        size_t n = tokens.size();
        dlgo_status status = dlgo_llm_tokenize(llm, bytes.data(), bytes.size(), flags, tokens.data(), tokens.size(), &n);
        if (status != DLGO_OK && n > tokens.size()) {
            tokens.resize(n);
            status = dlgo_llm_tokenize(llm, bytes.data(), bytes.size(), flags, tokens.data(), tokens.size(), &n);
        }
        outcome = Outcome::of(status);
        tokens.resize(outcome.status == DLGO_OK ? n : 0);
    }
    outcome.check();
    return tokens;
}

py::bytes Model::detokenize(const std::vector<int32_t>& tokens, bool special) const {
    const uint32_t flags = special ? DLGO_DETOKENIZE_SPECIAL : 0;
    size_t length = 0;
    Outcome::of(dlgo_llm_detokenize(get(), tokens.data(), tokens.size(), flags, nullptr, 0, &length)).check();
    std::string text(length, '\0');
    if (length > 0) Outcome::of(dlgo_llm_detokenize(get(), tokens.data(), tokens.size(), flags, text.data(), length, &length)).check();
    return text;
}

std::string Model::format_chat(const Messages& messages, const py::dict& keywords) const {
    const auto args = generate_args(keywords);
    char* text = nullptr;
    Outcome::of(dlgo_llm_format_chat(get(), messages.items.data(), messages.items.size(), &args->chat, &text)).check();
    return take(text);
}

py::dict estimate(const std::string& path, const py::dict& keywords) {
    const LoadArgs args(keywords);
    dlgo_memory_plan plan{};
    plan.struct_size = sizeof plan;
    Outcome::of(dlgo_llm_estimate(path.c_str(), &args.options, &plan)).check();
    py::dict out;
    out["device"] = plan.device;
    out["layers"] = plan.layers;
    out["gpu_layers"] = plan.gpu_layers;
    out["host_weights"] = plan.host_weights;
    out["device_weights"] = plan.device_weights;
    out["host_state"] = plan.host_state;
    out["device_state"] = plan.device_state;
    out["host_scratch"] = plan.host_scratch;
    out["device_scratch"] = plan.device_scratch;
    out["host_repacked"] = plan.host_repacked;
    return out;
}

py::list devices() {
    static const char* const kTypes[] = {"cpu", "discrete", "integrated", "virtual", "software"};
    py::list out;
    for (int32_t i = 0; i < dlgo_device_count(); ++i) {
        dlgo_device_info info{};
        info.struct_size = sizeof info;
        Outcome::of(dlgo_device_get(i, &info)).check();
        const bool known = info.type >= 0 && info.type <= DLGO_DEVICE_SOFTWARE;
        py::dict device;
        device["name"] = info.name;
        device["description"] = info.description;
        device["type"] = known ? kTypes[info.type] : "unknown";
        device["features"] = info.features;
        device["memory_total"] = info.memory_total;
        device["memory_free"] = info.memory_free;
        out.append(device);
    }
    return out;
}

}  // namespace dlgo_python
