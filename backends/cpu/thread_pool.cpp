#include "backends/cpu/thread_pool.h"

#include <chrono>
#include <system_error>

#include "core/base/error.h"

namespace dlgo::cpu {

namespace {

void pause() noexcept {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

// A thread that waits stays awake for the gap between two tokens and the unequal ends of a phase: waking many threads takes longer than a
// phase, and those woken last would let the next ones fall asleep. After kSpin it lets others have its core whenever they want it.
constexpr std::chrono::microseconds kSpin{20}, kYield{2000};

// Returns when the value is no longer `old`.
void await_change(const std::atomic<uint32_t>& value, uint32_t old) noexcept {
    using Clock = std::chrono::steady_clock;
    const auto changed = [&] { return value.load(std::memory_order_acquire) != old; };
    for (int i = 0; i < 256; ++i) {
        if (changed()) return;
        pause();
    }
    const auto start = Clock::now();
    for (auto now = start; now < start + kYield; now = Clock::now()) {
        for (int i = 0; i < 32; ++i) {
            if (changed()) return;
            pause();
        }
        if (now > start + kSpin) std::this_thread::yield();
    }
    while (!changed()) value.wait(old, std::memory_order_acquire);
}

}  // namespace

bool Worker::barrier() noexcept {
    if (!waited_) return pool_.barrier();
    const auto start = std::chrono::steady_clock::now();
    const bool on = pool_.barrier();
    *waited_ += std::chrono::steady_clock::now() - start;
    return on;
}

uint32_t Worker::next() noexcept { return pool_.next_.fetch_add(1, std::memory_order_relaxed); }

ThreadPool::ThreadPool(uint32_t threads) {
    try {
        for (uint32_t i = 1; i < threads; ++i) threads_.emplace_back([this, i] { work(i); });
    } catch (const std::system_error& e) {
        join();
        fail(DLGO_ERROR_OUT_OF_MEMORY, "only %zu of %u threads could be started: %s", threads_.size() + 1, threads, e.what());
    }
}

ThreadPool::~ThreadPool() { join(); }

void ThreadPool::join() noexcept {
    quit_ = true;
    epoch_.fetch_add(1, std::memory_order_release);
    epoch_.notify_all();
    for (std::thread& thread : threads_) thread.join();
}

void ThreadPool::work(uint32_t index) noexcept {
    for (uint32_t seen = 0;;) {
        await_change(epoch_, seen);
        ++seen;
        if (quit_) return;
        Worker worker(*this, index, size(), cancel_);
        call_(body_, worker);
        barrier();
    }
}

void ThreadPool::start(Call call, const void* body, const std::atomic<bool>* cancel) noexcept {
    {
        std::unique_lock lock(mutex_);
        const uint64_t mine = ticket_++;
        turn_.wait(lock, [&] { return serving_ == mine; });
    }
    call_ = call;
    body_ = body;
    cancel_ = cancel;
    next_.store(0, std::memory_order_relaxed);
    Worker worker(*this, 0, size(), cancel);
    if (!threads_.empty()) {
        epoch_.fetch_add(1, std::memory_order_release);
        epoch_.notify_all();
    }
    call(body, worker);
    barrier();
    {
        std::lock_guard lock(mutex_);
        ++serving_;
    }
    turn_.notify_all();
}

bool ThreadPool::barrier() noexcept {
    const uint32_t generation = generation_.load(std::memory_order_relaxed);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == size()) {
        arrived_.store(0, std::memory_order_relaxed);
        next_.store(0, std::memory_order_relaxed);
        stop_ = cancel_ && cancel_->load(std::memory_order_relaxed);
        generation_.fetch_add(1, std::memory_order_release);
        generation_.notify_all();
    } else {
        await_change(generation_, generation);
    }
    return !stop_;
}

}  // namespace dlgo::cpu
