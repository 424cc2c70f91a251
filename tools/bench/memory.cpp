#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <memory>
#include <thread>

#include "bench.h"

namespace dlgo_bench {
namespace {

constexpr size_t kBytes = size_t{1} << 30;  // several times the largest last-level caches a process gets to itself
constexpr int kPasses = 4;

uint64_t read_all(const uint64_t* data, size_t n) {
    uint64_t sums[8] = {};
    for (size_t i = 0; i + 8 <= n; i += 8) {
        for (size_t k = 0; k < 8; ++k) sums[k] += data[i + k];
    }
    return sums[0] + sums[1] + sums[2] + sums[3] + sums[4] + sums[5] + sums[6] + sums[7];
}

}  // namespace

double memory_read_gbps(int threads) {
    using Clock = std::chrono::steady_clock;
    const auto n_threads = static_cast<size_t>(std::max(threads, 1));
    const size_t share = kBytes / sizeof(uint64_t) / n_threads;
    const std::unique_ptr<uint64_t[]> data(new uint64_t[share * n_threads]);
    std::atomic<uint64_t> sink{0};
    std::barrier gate(static_cast<std::ptrdiff_t>(n_threads) + 1);

    std::vector<std::thread> workers;
    for (size_t t = 0; t < n_threads; ++t) {
        workers.emplace_back([&, t] {
            uint64_t* const mine = data.get() + t * share;
            std::fill_n(mine, share, t);
            for (int pass = 0; pass < kPasses; ++pass) {
                gate.arrive_and_wait();
                sink += read_all(mine, share);
                gate.arrive_and_wait();
            }
        });
    }
    double best = 0;
    for (int pass = 0; pass < kPasses; ++pass) {
        gate.arrive_and_wait();
        const auto start = Clock::now();
        gate.arrive_and_wait();
        const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
        best = std::max(best, static_cast<double>(share * n_threads * sizeof(uint64_t)) / seconds * 1e-9);
    }
    for (std::thread& worker : workers) worker.join();
    return best;
}

}  // namespace dlgo_bench
