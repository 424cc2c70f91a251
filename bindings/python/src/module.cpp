#include <pybind11/pybind11.h>
#include <pybind11/stl.h>

#include "bench.h"
#include "errors.h"
#include "model.h"
#include "session.h"

namespace py = pybind11;
using namespace pybind11::literals;

namespace dlgo_python {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

PyObject* log_function = nullptr;  // GIL

void log(int32_t level, const char* message, void*) {
    const py::gil_scoped_acquire acquire;
    if (!log_function) return;
    PyObject* result = PyObject_CallFunction(log_function, "is", static_cast<int>(level), message);
    if (!result) PyErr_WriteUnraisable(log_function);
    Py_XDECREF(result);
}

void set_log(const py::object& function) {
    if (function.is_none()) {
        const py::gil_scoped_release release;
        dlgo_set_log_callback(nullptr, nullptr);
    }
    PyObject* old = log_function;
    log_function = function.is_none() ? nullptr : function.inc_ref().ptr();
    Py_XDECREF(old);
    if (log_function) {
        const py::gil_scoped_release release;
        dlgo_set_log_callback(log, nullptr);
    }
}

std::string bench(const std::string& model, const py::dict& keywords, bool json) {
    dlgo_bench::Options options;
    options.model = model;
    for (const auto& [key, value] : keywords) {
        const auto name = key.cast<std::string>();
        if (name == "device") options.device = value.cast<std::string>();
        else if (name == "isa") options.isa = value.cast<std::string>();
        else if (name == "prompt") options.prompt = value.cast<int>();
        else if (name == "generate") options.generate = value.cast<int>();
        else if (name == "repeat") options.repeat = value.cast<int>();
        else if (name == "depth") options.depth = value.cast<int>();
        else if (name == "threads") options.threads = value.cast<int>();
        else if (name == "gpu_layers") options.gpu_layers = value.cast<int>();
        else if (name == "ubatch") options.ubatch = value.cast<int>();
        else throw py::type_error("unknown option '" + name + "'");
    }
    std::unique_ptr<py::error_already_set> signal;
    options.keep_going = [&] {
        const py::gil_scoped_acquire acquire;
        if (PyErr_CheckSignals() == 0) return true;
        signal = std::make_unique<py::error_already_set>();
        return false;
    };
    Outcome outcome;
    std::string text;
    try {
        const py::gil_scoped_release release;
        const dlgo_bench::Result result = dlgo_bench::run(options);
        text = json ? to_json(options, result) : to_text(options, result);
    } catch (const dlgo_bench::Error& error) {
        outcome = {error.status, error.what()};
    }
    if (signal) throw *signal;
    outcome.check();
    return text;
}

}  // namespace

PYBIND11_MODULE(_dlgo, m) {
    m.def("set_error_classes", set_error_classes);
    m.def("set_log", set_log);
    m.def("version", &dlgo_version);
    m.def("abi_version", &dlgo_abi_version);
    m.def("has_feature", [](const std::string& name) { return dlgo_has_feature(name.c_str()) != 0; });
    m.def("devices", devices);
    m.def("estimate", estimate, "path"_a, "options"_a);
    m.def("bench", bench, "model"_a, "options"_a, "json"_a);

    py::class_<Model>(m, "Model")
        .def(py::init<const std::string&, const py::dict&, py::object>(), "path"_a, "options"_a, "progress"_a)
        .def("close", &Model::close)
        .def("info", &Model::info)
        .def("metadata", &Model::metadata)
        .def("tensors", &Model::tensors)
        .def("tokenize", &Model::tokenize, "text"_a, "add_special"_a, "parse_special"_a)
        .def("detokenize", &Model::detokenize, "tokens"_a, "special"_a)
        .def("format_chat", [](const Model& model, const Pairs& messages, const py::dict& options) {
            return model.format_chat(Messages(messages), options);
        }, "messages"_a, "options"_a)
        .def_property_readonly("vocab_size", &Model::vocab_size);

    py::class_<Session>(m, "Session")
        .def(py::init<const Model&, uint32_t, uint32_t, int32_t>(), "model"_a, "n_ctx"_a, "n_ubatch"_a, "kv_type"_a)
        .def("close", &Session::close)
        .def_property_readonly("position", &Session::position)
        .def("truncate", &Session::truncate, "n_keep"_a)
        .def("save", &Session::save, "path"_a)
        .def("restore", &Session::restore, "path"_a)
        .def("cancel", &Session::cancel)
        .def("eval", &Session::eval, "tokens"_a, "logits"_a, "all"_a)
        .def("generate", &Session::generate, "prompt"_a, "options"_a, "limit"_a)
        .def("chat", [](Session& session, const Pairs& messages, const py::dict& options, size_t limit) {
            return session.chat(Messages(messages), options, limit);
        }, "messages"_a, "options"_a, "limit"_a);

    py::class_<Stream>(m, "Stream")
        .def("next", &Stream::next)
        .def("poll", &Stream::poll)
        .def("rest", &Stream::rest)
        .def("notify", &Stream::notify, "ready"_a)
        .def("cancel", &Stream::cancel)
        .def_property_readonly("stats", &Stream::stats);
}

}  // namespace dlgo_python
