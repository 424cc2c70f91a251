// The entry points, and the table of them.
#pragma once

static inline void arrange_lanes(Q8Block& block) {
    for (int g = 0; g < 8; ++g) {
        int8_t* lane = block.lanes + 64 * (g % 4) + 16 * (g / 4);
        memcpy(lane, block.codes + 32 * g, 16);
        memcpy(lane + 32, block.codes + 32 * g + 16, 16);
    }
}

// The first groups of `block` as the last ones of `tail`.
static inline void move_to_end(const Q8Block& block, size_t groups, Q8Block& tail) {
    const size_t first = 8 - groups;
    memset(&tail, 0, sizeof tail);
    memcpy(tail.codes + 32 * first, block.codes, 32 * groups);
    memcpy(tail.scale + first, block.scale, groups * sizeof block.scale[0]);
    memcpy(tail.sum32 + first, block.sum32, groups * sizeof block.sum32[0]);
    memcpy(tail.sum16 + 2 * first, block.sum16, 2 * groups * sizeof block.sum16[0]);
    memcpy(tail.short16 + 2 * first, block.short16, 2 * groups * sizeof block.short16[0]);
    memcpy(tail.sum + first, block.sum, groups * sizeof block.sum[0]);
}

static void quantize_row(const float* x, size_t n, Q8Block* out) {
    const size_t blocks = act_blocks(n), rest = n % 256 / 32;
    if (rest) memset(out + blocks - 1, 0, sizeof *out);
    for (size_t g = 0; g < n / 32; ++g) quantize_group(x + 32 * g, out + g / 8, static_cast<int>(g % 8));
    if (has_tail(n)) move_to_end(out[blocks - 1], rest, out[blocks]);
    for (size_t b = 0; b < q8_blocks(n); ++b) arrange_lanes(out[b]);
}

static void act_prepare(ActForm form, ConstRows x, size_t rows, size_t n, void* out) noexcept {
    if (form == ActForm::F32) {
        for (size_t i = 0; i < rows; ++i) memcpy(static_cast<float*>(out) + i * float_stride(n), x.row(i), n * sizeof(float));
    } else if (form == ActForm::Q8) {
        for (size_t i = 0; i < rows; ++i) quantize_row(x.row(i), n, static_cast<Q8Block*>(out) + i * q8_blocks(n));
    }
}

static void linear_vec(Type type, const void* weights, size_t n, const void* act, size_t r0, size_t r1, bool stream, float* out) noexcept {
    const auto* w = static_cast<const uint8_t*>(weights);
    with_codec(type, [&]<typename Codec>() { vec_range<Codec>(w, n, act, r0, r1, stream, out); });
}

static void get_row(Type type, const void* row, float* out, size_t n) noexcept {
    with_codec(type, [&]<typename Codec>() { dequantize_row<Codec>(static_cast<const uint8_t*>(row), out, n); });
}

static constexpr Kernels make_table(Isa isa, ActForm (*form)(Type, size_t) noexcept,
                                    void (*prepare)(ActForm, ConstRows, size_t, size_t, void*) noexcept,
                                    void (*mat)(const LinearMat&, size_t, size_t, void*) noexcept, size_t scratch) {
    return {isa,
            form,
            prepare,
            nullptr,
            nullptr,
            linear_vec,
            mat,
            scratch,
            [](Type) noexcept -> size_t { return kPanelRows; },
            true,
            get_row};
}

// Float weights keep float activations.
static ActForm q8_unless_float(Type type, size_t) noexcept {
    return with_codec(type, []<typename Codec>() { return Codec::kFloat ? ActForm::F32 : ActForm::Q8; });
}
