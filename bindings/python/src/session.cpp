#include "session.h"

#include <pybind11/stl.h>

namespace py = pybind11;

namespace dlgo_python {
namespace {

constexpr size_t kShortEval = 8;  // tokens that are evaluated without a thread to watch for signals

// A view of an int32 buffer, or a copy of any other sequence of integers.
struct Tokens {
    py::buffer_info view;
    std::vector<int32_t> copy;
    const int32_t* data = nullptr;
    size_t size = 0;

    explicit Tokens(const py::object& source) {
        if (PyObject_CheckBuffer(source.ptr())) {
            view = py::reinterpret_borrow<py::buffer>(source).request();
            if (view.item_type_is_equivalent_to<int32_t>() && view.ndim == 1 && view.strides[0] == sizeof(int32_t)) {
                data = static_cast<const int32_t*>(view.ptr);
                size = static_cast<size_t>(view.size);
                return;
            }
        }
        copy = source.cast<std::vector<int32_t>>();
        data = copy.data();
        size = copy.size();
    }
};

}  // namespace

Session::Session(const Model& model, uint32_t n_ctx, uint32_t n_ubatch, int32_t kv_type) : vocab_size_(model.vocab_size()) {
    dlgo_session_options options;
    dlgo_session_options_init(&options);
    options.n_ctx = n_ctx;
    options.n_ubatch = n_ubatch;
    options.kv_type = kv_type;
    dlgo_llm* const llm = model.get();
    dlgo_session* session = nullptr;
    Outcome outcome;
    {
        const py::gil_scoped_release release;
        outcome = Outcome::of(dlgo_session_create(llm, &options, &session));
    }
    outcome.check();
    session_.reset(session, dlgo_session_free);
}

const SharedSession& Session::get() const {
    if (!session_) raise(DLGO_ERROR_INVALID_ARGUMENT, "the session is closed");
    return session_;
}

void Session::truncate(size_t n_keep) { Outcome::of(dlgo_session_truncate(get().get(), n_keep)).check(); }

void Session::save(const std::string& path) {
    const SharedSession session = get();
    run_interruptible(session, [&] { return dlgo_session_save(session.get(), path.c_str()); }).check();
}

void Session::restore(const std::string& path) {
    const SharedSession session = get();
    run_interruptible(session, [&] { return dlgo_session_restore(session.get(), path.c_str()); }).check();
}

void Session::cancel() {
    if (session_) dlgo_session_cancel(session_.get());
}

void Session::eval(const py::object& source, const py::object& logits, bool all) {
    const SharedSession session = get();
    const Tokens tokens(source);
    py::buffer_info out;
    float* rows = nullptr;
    if (!logits.is_none()) {
        out = logits.cast<py::buffer>().request(true);
        const size_t needed = vocab_size_ * (all ? tokens.size : 1);
        if (!out.item_type_is_equivalent_to<float>() || !PyBuffer_IsContiguous(out.view(), 'C')) {
            throw py::type_error("logits must be a C-contiguous float32 buffer");
        }
        if (static_cast<size_t>(out.size) != needed) throw py::value_error("logits must hold " + std::to_string(needed) + " values");
        rows = static_cast<float*>(out.ptr);
    }
    const auto call = [&] {
        return all ? dlgo_session_eval_all(session.get(), tokens.data, tokens.size, rows)
                   : dlgo_session_eval(session.get(), tokens.data, tokens.size, rows);
    };
    Outcome outcome;
    if (tokens.size > kShortEval) {
        outcome = run_interruptible(session, call);
    } else {
        const py::gil_scoped_release release;
        outcome = Outcome::of(call());
    }
    outcome.check();
}

std::unique_ptr<Stream> Session::generate(const std::string& prompt, const py::dict& options, size_t limit) {
    if (prompt.find('\0') != std::string::npos) throw py::value_error("embedded null character");
    auto args = generate_args(options);
    const dlgo_generate_options* const o = &args->options;
    return std::make_unique<Stream>(
        get(), std::move(args),
        [session = get(), prompt, o](dlgo_token_callback callback, void* user_data, dlgo_stats* stats) {
            return dlgo_generate_stream(session.get(), prompt.c_str(), o, callback, user_data, stats);
        },
        limit);
}

std::unique_ptr<Stream> Session::chat(Messages messages, const py::dict& options, size_t limit) {
    auto args = generate_args(options);
    const dlgo_generate_options* const o = &args->options;
    const auto shared = std::make_shared<const Messages>(std::move(messages));
    return std::make_unique<Stream>(
        get(), std::move(args),
        [session = get(), shared, o](dlgo_token_callback callback, void* user_data, dlgo_stats* stats) {
            return dlgo_chat_stream(session.get(), shared->items.data(), shared->items.size(), o, callback, user_data, stats);
        },
        limit);
}

}  // namespace dlgo_python
