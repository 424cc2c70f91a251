// Threads that run one function together, with barriers inside. The caller is one of them.
#pragma once
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

namespace dlgo::cpu {

class ThreadPool;

// One thread's view of a run.
class Worker {
public:
    uint32_t index() const noexcept { return index_; }
    uint32_t count() const noexcept { return count_; }

    // Waits for all threads. True when the run goes on; false, for every thread alike, when it was cancelled.
    bool barrier() noexcept;

    // Numbers 0, 1, 2, ... given out once each to whoever asks, from one barrier to the next.
    uint32_t next() noexcept;

    // Calls body(begin, end) for ranges that together are 0 to n, each thread's in ascending order: half of it in equal ranges, one for each thread,
    // the rest in smaller and smaller ones to whoever is free, so that threads end together, but meet at next() seldom and read memory in long runs.
    // A body that returns false ends this thread's part.
    template <typename Body>
    void share_ranges(uint32_t n, const Body& body) noexcept {
        const uint32_t own = count_ == 1 ? n : n / 2 / count_, first = own * count_;
        if (own > 0 && !body(index_ * own, (index_ + 1) * own)) return;
        while (first < n) {
            const uint32_t turn = next(), begin = first + given_out(n, turn), end = first + given_out(n, turn + 1);
            if (begin >= n || !body(begin, std::min(n, end))) return;
        }
    }

    // Calls body(i) once for each i < n, in such ranges. A body may return nothing.
    template <typename Body>
    void share(uint32_t n, const Body& body) noexcept {
        share_ranges(n, [&](uint32_t begin, uint32_t end) {
            for (uint32_t i = begin; i < end; ++i) {
                if constexpr (std::is_void_v<decltype(body(i))>) {
                    body(i);
                } else if (!body(i)) {
                    return false;
                }
            }
            return true;
        });
    }

    // Adds the time in barrier() to what is pointed to; nullptr: not any longer.
    void measure(std::chrono::steady_clock::duration* waited) noexcept { waited_ = waited; }

    // Whether the rest of this phase may be left undone, because the next barrier() will return false.
    bool cancelled() const noexcept { return cancel_ && cancel_->load(std::memory_order_relaxed); }

private:
    friend class ThreadPool;
    Worker(ThreadPool& pool, uint32_t index, uint32_t count, const std::atomic<bool>* cancel)
        : pool_(pool), cancel_(cancel), index_(index), count_(count) {}

    // How much of n the ranges before `turn` take: for each thread one with a quarter, one with an eighth, then some with a sixteenth of its share.
    uint32_t given_out(uint32_t n, uint32_t turn) const noexcept {
        const auto part = [&](uint32_t of) { return std::max(1u, n / of / count_); };
        const uint32_t a = std::min(turn, count_), b = std::min(turn - a, count_), c = turn - a - b;
        return a * part(4) + b * part(8) + c * part(16);
    }

    ThreadPool& pool_;
    const std::atomic<bool>* cancel_;
    uint32_t index_, count_;
    std::chrono::steady_clock::duration* waited_ = nullptr;
};

// Waiting threads spin for a short while, then sleep: an idle pool takes no processor time.
class ThreadPool {
public:
    // Throws Error when the system has no more threads.
    explicit ThreadPool(uint32_t threads);
    ~ThreadPool();
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    uint32_t size() const noexcept { return static_cast<uint32_t>(threads_.size()) + 1; }

    // Calls body(worker) once on every thread. Callers on several threads take turns in the order of their coming.
    template <typename Body>
    void run(const std::atomic<bool>* cancel, const Body& body) noexcept {
        start([](const void* b, Worker& worker) { (*static_cast<const Body*>(b))(worker); }, &body, cancel);
    }

private:
    friend class Worker;
    using Call = void (*)(const void* body, Worker& worker);

    void start(Call call, const void* body, const std::atomic<bool>* cancel) noexcept;
    void work(uint32_t index) noexcept;
    bool barrier() noexcept;
    void join() noexcept;

    std::vector<std::thread> threads_;

    // The queue of callers.
    std::mutex mutex_;
    std::condition_variable turn_;
    uint64_t ticket_ = 0, serving_ = 0;

    // The run of the caller whose turn it is; published by epoch_.
    Call call_ = nullptr;
    const void* body_ = nullptr;
    const std::atomic<bool>* cancel_ = nullptr;
    bool quit_ = false;

    alignas(64) std::atomic<uint32_t> epoch_{0};
    alignas(64) std::atomic<uint32_t> arrived_{0};
    alignas(64) std::atomic<uint32_t> generation_{0};  // of the barrier
    bool stop_ = false;                                // published by generation_
    alignas(64) std::atomic<uint32_t> next_{0};
};

}  // namespace dlgo::cpu
