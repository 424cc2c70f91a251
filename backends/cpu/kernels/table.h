// The entry points, and the table of them.
#pragma once

static inline void arrange_lanes(Q8Block& block) {
    for (int g = 0; g < 8; ++g) {
        int8_t* lane = block.lanes + 64 * (g % 4) + 16 * (g / 4);
        memcpy(lane, block.codes + 32 * g, 16);
        memcpy(lane + 32, block.codes + 32 * g + 16, 16);
    }
}

static void act_prepare(ActForm form, const float* x, size_t stride, size_t rows, size_t n, void* out) noexcept {
    if (form == ActForm::F32) {
        for (size_t i = 0; i < rows; ++i) memcpy(static_cast<float*>(out) + i * n, x + i * stride, n * sizeof(float));
    } else if (form == ActForm::Q8) {
        const size_t blocks = act_blocks(n);
        for (size_t i = 0; i < rows; ++i) {
            auto* block = static_cast<Q8Block*>(out) + i * blocks;
            if (n % 256) memset(block + blocks - 1, 0, sizeof(Q8Block));
            for (size_t g = 0; g < n / 32; ++g) quantize_group(x + i * stride + 32 * g, block + g / 8, static_cast<int>(g % 8));
            for (size_t b = 0; b < n / 256; ++b) arrange_lanes(block[b]);
        }
    }
}

static void linear_vec(Type type, const void* weights, size_t n, const void* act, size_t r0, size_t r1, bool stream, float* out) noexcept {
    const auto* w = static_cast<const uint8_t*>(weights);
    with_codec(type, [&]<typename Codec>() { vec_range<Codec>(w, n, act, r0, r1, stream, out); });
}

static void linear_mat(const LinearMat& job, size_t r0, size_t r1, void* scratch) noexcept {
    with_codec(job.type, [&]<typename Codec>() { mat_range<Codec>(job, r0, r1, scratch); });
}

static void get_row(Type type, const void* row, float* out, size_t n) noexcept {
    with_codec(type, [&]<typename Codec>() { dequantize_row<Codec>(static_cast<const uint8_t*>(row), out, n); });
}

static constexpr Kernels make_table(Isa isa, ActForm (*form)(Type, size_t) noexcept) {
    return {isa,
            form,
            act_prepare,
            linear_vec,
            linear_mat,
            sizeof(Panel) > sizeof(FloatPanel) ? sizeof(Panel) : sizeof(FloatPanel),
            [](Type) noexcept -> size_t { return kPanelRows; },
            true,
            get_row};
}

// Float weights keep float activations.
static ActForm q8_unless_float(Type type, size_t) noexcept {
    return with_codec(type, []<typename Codec>() { return Codec::kFloat ? ActForm::F32 : ActForm::Q8; });
}
