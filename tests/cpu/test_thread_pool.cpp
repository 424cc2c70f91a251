#include <catch2/catch_test_macros.hpp>

#include "backends/cpu/cores.h"
#include "backends/cpu/thread_pool.h"

using namespace dlgo::cpu;

TEST_CASE("thread pool: numbers are given out once, barriers hold") {
    for (const uint32_t threads : {1u, 2u, 5u}) {
        ThreadPool pool(threads);
        REQUIRE(pool.size() == threads);
        std::vector<int> taken(100);  // each element by one thread per phase
        pool.run(nullptr, [&](Worker& worker) {
            for (int phase = 0; phase < 50; ++phase) {
                for (uint32_t i; (i = worker.next()) < taken.size();) ++taken[i];
                if (!worker.barrier()) return;
            }
        });
        CHECK(taken == std::vector<int>(100, 50));
    }
}

TEST_CASE("thread pool: everything is shared once, each thread's part in ascending order") {
    for (const uint32_t threads : {1u, 2u, 5u, 16u}) {
        ThreadPool pool(threads);
        for (const uint32_t n : {0u, 1u, 3u, 15u, 16u, 17u, 64u, 100u, 257u, 5000u}) {
            std::vector<int> taken(2 * n);
            std::atomic<bool> ascending{true};
            pool.run(nullptr, [&](Worker& worker) {
                uint32_t last = 0;
                worker.share_ranges(n, [&](uint32_t begin, uint32_t end) {
                    if (begin < last || begin >= end) ascending = false;
                    last = end;
                    for (uint32_t i = begin; i < end; ++i) ++taken[i];
                    return true;
                });
                if (!worker.barrier()) return;
                worker.share(n, [&](uint32_t i) { ++taken[n + i]; });
            });
            CHECK(taken == std::vector<int>(2 * n, 1));
            CHECK(ascending);
        }
    }
}

TEST_CASE("thread pool: a body ends its thread's part") {
    ThreadPool pool(3);
    std::atomic<int> calls{0};
    pool.run(nullptr, [&](Worker& worker) {
        worker.share(1000, [&](uint32_t) {
            ++calls;
            return false;
        });
    });
    CHECK(calls <= 3);
    CHECK(calls > 0);
}

TEST_CASE("thread pool: callers take turns") {
    ThreadPool pool(3);
    int sum = 0;
    const auto caller = [&] {
        for (int i = 0; i < 200; ++i) {
            pool.run(nullptr, [&](Worker& worker) {
                if (worker.index() == 0) ++sum;
                worker.barrier();
            });
        }
    };
    std::thread a(caller), b(caller);
    a.join();
    b.join();
    CHECK(sum == 400);
}

TEST_CASE("thread pool: all threads see a cancellation at the same barrier") {
    ThreadPool pool(3);
    for (int i = 0; i < 100; ++i) {
        std::atomic<bool> cancel{false};
        std::atomic<int> phases[3] = {};
        pool.run(&cancel, [&](Worker& worker) {
            while (worker.barrier()) {
                if (++phases[worker.index()] == 10 && worker.index() == 1) cancel = true;
            }
        });
        CHECK(phases[0] == phases[1]);
        CHECK(phases[0] == phases[2]);
    }
}

TEST_CASE("thread pool: threads of this machine") { CHECK(default_threads() >= 1); }
