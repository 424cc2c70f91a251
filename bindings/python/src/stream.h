// A generation on its own thread, read piece by piece, so that the interpreter stays responsive (signals, other threads).
#pragma once
#include <dlgo.h>
#include <pybind11/pybind11.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "errors.h"
#include "options.h"

namespace dlgo_python {

using SharedSession = std::shared_ptr<dlgo_session>;

// Runs work() on another thread until it is done; a signal handler that raises cancels the session's call. GIL held on entry.
Outcome run_interruptible(const SharedSession& session, const std::function<dlgo_status()>& work);

class Stream {
public:
    using Call = std::function<dlgo_status(dlgo_token_callback, void*, dlgo_stats*)>;

    // limit: pieces that may wait unread before the generation pauses; 0 = any number.
    Stream(SharedSession session, std::unique_ptr<GenerateArgs> args, Call call, size_t limit);
    ~Stream();
    Stream(const Stream&) = delete;

    // The next piece: str, or (str, token, logprob, [(token, logprob)...]) with logprobs; None at the end; raises the call's error.
    pybind11::object next();
    // The next piece if one is there, else NotImplemented.
    pybind11::object poll();
    // Everything that is still to come, as a list of pieces.
    pybind11::list rest();
    // Calls ready() once, from any thread, when poll() would give something.
    void notify(pybind11::object ready);
    void cancel();                         // ends the generation and waits for that
    pybind11::object stats() const;        // None before the end

private:
    struct Piece {
        std::string text;
        int32_t token;
        float logprob;
        std::vector<dlgo_token_logprob> top;
    };
    static int32_t on_token(const dlgo_token_event* event, void* self);
    void work();
    void call_ready(std::unique_lock<std::mutex>& lock);
    void wait(std::unique_lock<std::mutex>& lock, bool until_done);
    void stop(std::unique_lock<std::mutex>& lock);
    pybind11::object take(std::unique_lock<std::mutex>& lock);
    pybind11::object to_python(const Piece& piece) const;

    const SharedSession session_;
    const std::unique_ptr<GenerateArgs> args_;
    const Call call_;
    const size_t limit_;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Piece> pieces_;
    bool stopping_ = false;
    bool done_ = false;
    bool reported_ = false;
    Outcome outcome_;
    dlgo_stats stats_{};
    PyObject* ready_ = nullptr;
    std::thread thread_;
};

}  // namespace dlgo_python
