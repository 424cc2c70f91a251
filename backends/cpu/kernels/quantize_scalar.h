// Activations to the Q8 form, in plain C++.
#pragma once

static void quantize_group(const float* x, Q8Block* block, int g) {
    float largest = 0;
    for (int i = 0; i < 32; ++i) {
        const float magnitude = x[i] < 0 ? -x[i] : x[i];
        if (magnitude > largest) largest = magnitude;
    }
    const float scale = largest / 127.0f, inverse = largest > 1e-30f ? 127.0f / largest : 0.0f;
    int sums[2] = {0, 0};
    for (int i = 0; i < 32; ++i) {
        const float rounded = __builtin_rintf(x[i] * inverse);
        const int q = rounded >= -127 && rounded <= 127 ? static_cast<int>(rounded) : 0;  // 0 for what is not finite
        block->codes[32 * g + i] = static_cast<int8_t>(q);
        sums[i / 16] += q;
    }
    block->scale[g] = scale;
    block->sum16[2 * g] = sums[0];
    block->sum16[2 * g + 1] = sums[1];
    block->short16[2 * g] = static_cast<int16_t>(sums[0]);
    block->short16[2 * g + 1] = static_cast<int16_t>(sums[1]);
    block->sum32[g] = sums[0] + sums[1];
    block->sum[g] = static_cast<float>(sums[0] + sums[1]) * scale;
}
