// dlgo_session for Python.
#pragma once
#include "model.h"
#include "stream.h"

namespace dlgo_python {

class Session {
public:
    Session(const Model& model, uint32_t n_ctx, uint32_t n_ubatch, int32_t kv_type);

    void close() { session_.reset(); }
    size_t position() const { return dlgo_session_position(session_.get()); }
    void truncate(size_t n_keep);
    void save(const std::string& path);
    void restore(const std::string& path);
    void cancel();
    // logits: None or a writable C-contiguous float32 buffer, [vocab_size] or, with all, [n, vocab_size].
    void eval(const pybind11::object& tokens, const pybind11::object& logits, bool all);
    std::unique_ptr<Stream> generate(const std::string& prompt, const pybind11::dict& options, size_t limit);
    std::unique_ptr<Stream> chat(Messages messages, const pybind11::dict& options, size_t limit);

private:
    const SharedSession& get() const;  // raises when closed

    SharedSession session_;
    size_t vocab_size_;
};

}  // namespace dlgo_python
