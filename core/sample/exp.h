// The exponential function for weights of tokens: the same on every platform, and in a form that compilers vectorize.
#pragma once
#include <bit>
#include <cstdint>

namespace dlgo {

// exp(x) for x <= 0, relative error < 2e-7; 0 below -87.
// = 2^n * exp(r) with n = round(x / ln 2), |r| <= ln(2)/2, ln 2 in two parts (Cody and Waite), Taylor to r^7.
// Comparisons are of integers: those of floats may raise flags, which keeps loops from being vectorized.
inline float exp_negative(float x) noexcept {
    constexpr int32_t kLimit = std::bit_cast<int32_t>(87.0f);
    constexpr float kRound = 12582912.0f;  // 1.5 * 2^23: adding and subtracting rounds to an integer
    const int32_t magnitude = std::bit_cast<int32_t>(x) & 0x7FFFFFFF;
    const float clamped = -std::bit_cast<float>(magnitude < kLimit ? magnitude : kLimit);
    const float shifted = clamped * 1.44269504f + kRound;
    const float n = shifted - kRound;
    const float r = (clamped - n * 0.693359375f) + n * 2.12194440e-4f;
    float p = 1.0f / 5040;
    p = p * r + 1.0f / 720;
    p = p * r + 1.0f / 120;
    p = p * r + 1.0f / 24;
    p = p * r + 1.0f / 6;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    const int32_t exponent = std::bit_cast<int32_t>(shifted) - std::bit_cast<int32_t>(kRound);
    const float scale = std::bit_cast<float>((exponent + 127) << 23);
    return std::bit_cast<float>(std::bit_cast<int32_t>(p * scale) & -static_cast<int32_t>(magnitude <= kLimit));
}

}  // namespace dlgo
