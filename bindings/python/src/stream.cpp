#include "stream.h"

#include <chrono>

namespace py = pybind11;

namespace dlgo_python {
namespace {

constexpr std::chrono::milliseconds kSignalInterval{50};  // how often a waiting call looks for Ctrl-C
constexpr std::chrono::milliseconds kCancelInterval{10};  // a cancel before the call began has no effect: repeat it

}  // namespace

Outcome run_interruptible(const SharedSession& session, const std::function<dlgo_status()>& work) {
    std::mutex mutex;
    std::condition_variable changed;
    bool done = false;
    Outcome outcome;
    std::thread thread([&] {
        Outcome result = Outcome::of(work());
        const std::lock_guard lock(mutex);
        outcome = std::move(result);
        done = true;
        changed.notify_all();
    });
    bool interrupted = false;
    while (true) {
        {
            py::gil_scoped_release release;
            std::unique_lock lock(mutex);
            if (changed.wait_for(lock, interrupted ? kCancelInterval : kSignalInterval, [&] { return done; })) break;
        }
        if (!interrupted && PyErr_CheckSignals() != 0) interrupted = true;
        if (interrupted) dlgo_session_cancel(session.get());
    }
    thread.join();
    if (interrupted) throw py::error_already_set();
    return outcome;
}

Stream::Stream(SharedSession session, std::unique_ptr<GenerateArgs> args, Call call, size_t limit)
    : session_(std::move(session)), args_(std::move(args)), call_(std::move(call)), limit_(limit) {
    stats_.struct_size = sizeof stats_;
    thread_ = std::thread(&Stream::work, this);
}

Stream::~Stream() {
    {
        py::gil_scoped_release release;
        std::unique_lock lock(mutex_);
        stop(lock);
        lock.unlock();
        thread_.join();
    }
    Py_XDECREF(ready_);
}

void Stream::work() {
    bool stopping;
    {
        const std::lock_guard lock(mutex_);
        stopping = stopping_;
    }
    Outcome outcome = stopping ? Outcome{DLGO_ERROR_CANCELLED, "cancelled"} : Outcome::of(call_(on_token, this, &stats_));
    std::unique_lock lock(mutex_);
    outcome_ = std::move(outcome);
    done_ = true;
    changed_.notify_all();
    call_ready(lock);
}

int32_t Stream::on_token(const dlgo_token_event* event, void* self) {
    auto& stream = *static_cast<Stream*>(self);
    const bool logprobs = stream.args_->options.logprobs > 0;
    std::unique_lock lock(stream.mutex_);
    if (event->text_len > 0 || logprobs) {
        stream.changed_.wait(lock, [&] { return stream.stopping_ || !stream.limit_ || stream.pieces_.size() < stream.limit_; });
        Piece piece{std::string(event->text, event->text_len), event->token, event->logprob, {}};
        if (logprobs) piece.top.assign(event->top, event->top + event->n_top);
        stream.pieces_.push_back(std::move(piece));
        stream.changed_.notify_all();
        stream.call_ready(lock);
    }
    return stream.stopping_;
}

void Stream::call_ready(std::unique_lock<std::mutex>& lock) {
    if (!ready_) return;
    lock.unlock();  // never wait for the GIL with the mutex held
    {
        py::gil_scoped_acquire acquire;
        lock.lock();
        PyObject* ready = ready_;
        ready_ = nullptr;
        lock.unlock();
        if (ready) {
            PyObject* result = PyObject_CallNoArgs(ready);
            if (!result) PyErr_Clear();  // a closed event loop: nobody waits any more
            Py_XDECREF(result);
            Py_DECREF(ready);
        }
    }
    lock.lock();
}

void Stream::notify(py::object ready) {
    bool now;
    {
        py::gil_scoped_release release;
        const std::lock_guard lock(mutex_);
        now = !pieces_.empty() || done_;
        if (!now) std::swap(ready_, ready.ptr());
    }
    if (now) ready();
}

// GIL held; lock held on return.
void Stream::wait(std::unique_lock<std::mutex>& lock, bool until_done) {
    const auto arrived = [&] { return done_ || (!until_done && !pieces_.empty()); };
    while (true) {
        {
            py::gil_scoped_release release;
            if (!lock.owns_lock()) lock.lock();
            const bool ready = changed_.wait_for(lock, kSignalInterval, arrived);
            lock.unlock();
            if (ready) break;
        }
        if (PyErr_CheckSignals() != 0) {
            py::error_already_set signal;
            cancel();
            throw signal;
        }
    }
    lock.lock();
}

void Stream::stop(std::unique_lock<std::mutex>& lock) {
    stopping_ = true;
    changed_.notify_all();
    while (!done_) {
        dlgo_session_cancel(session_.get());
        changed_.wait_for(lock, kCancelInterval, [&] { return done_; });
    }
}

void Stream::cancel() {
    py::gil_scoped_release release;
    std::unique_lock lock(mutex_);
    stop(lock);
    pieces_.clear();
    reported_ = true;  // the caller asked for it: no error
}

py::object Stream::to_python(const Piece& piece) const {
    py::str text(piece.text);
    if (args_->options.logprobs <= 0) return text;
    py::list top;
    for (const dlgo_token_logprob& item : piece.top) top.append(py::make_tuple(item.token, item.logprob));
    return py::make_tuple(text, piece.token, piece.logprob, top);
}

// A piece, None at the end. The lock is released before Python objects are made.
py::object Stream::take(std::unique_lock<std::mutex>& lock) {
    if (!pieces_.empty()) {
        const Piece piece = std::move(pieces_.front());
        pieces_.pop_front();
        changed_.notify_all();
        lock.unlock();
        return to_python(piece);
    }
    const bool report = !std::exchange(reported_, true);
    const Outcome outcome = outcome_;
    lock.unlock();
    if (report) outcome.check();
    return py::none();
}

py::object Stream::next() {
    std::unique_lock lock(mutex_, std::defer_lock);
    wait(lock, false);
    return take(lock);
}

py::object Stream::poll() {
    std::unique_lock lock(mutex_);
    if (pieces_.empty() && !done_) return py::reinterpret_borrow<py::object>(Py_NotImplemented);
    return take(lock);
}

py::list Stream::rest() {
    std::unique_lock lock(mutex_, std::defer_lock);
    wait(lock, true);
    const std::deque<Piece> pieces = std::move(pieces_);
    pieces_.clear();
    const bool report = !std::exchange(reported_, true);
    lock.unlock();
    if (report) outcome_.check();
    py::list out;
    for (const Piece& piece : pieces) out.append(to_python(piece));
    return out;
}

py::object Stream::stats() const {
    const std::lock_guard lock(mutex_);
    if (!done_) return py::none();
    py::dict out;
    out["stop_reason"] = stats_.stop_reason;
    out["prompt_tokens"] = stats_.prompt_tokens;
    out["cached_tokens"] = stats_.cached_tokens;
    out["generated_tokens"] = stats_.generated_tokens;
    out["prompt_ms"] = stats_.prompt_ms;
    out["generate_ms"] = stats_.generate_ms;
    out["load_ms"] = stats_.load_ms;
    return out;
}

}  // namespace dlgo_python
