// xoshiro256** 1.0 seeded by splitmix64 (Blackman and Vigna, https://prng.di.unimi.it): the same numbers on every platform.
#pragma once
#include <bit>
#include <cstdint>

namespace dlgo {

class Rng {
public:
    explicit Rng(uint64_t seed) noexcept {
        for (uint64_t& s : state_) s = splitmix(seed);
    }

    uint64_t next() noexcept {
        const uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
        const uint64_t t = state_[1] << 17;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= t;
        state_[3] = std::rotl(state_[3], 45);
        return result;
    }

    // In [0, 1), 53 random bits.
    double uniform() noexcept { return static_cast<double>(next() >> 11) * 0x1p-53; }

private:
    static uint64_t splitmix(uint64_t& x) noexcept {
        uint64_t z = (x += 0x9E3779B97F4A7C15u);
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
        z = (z ^ z >> 27) * 0x94D049BB133111EBu;
        return z ^ z >> 31;
    }

    uint64_t state_[4];
};

}  // namespace dlgo
