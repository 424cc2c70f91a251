// The matrix kernels in plain C++: one weight block at a time, against all activation rows.
#pragma once

static constexpr int kPanelRows = 1;

template <typename Codec>
static float block_dot(const uint8_t* codes, const float* scale, const float* min, const Q8Block& x, int group) {
    constexpr int kParts = 32 / Codec::kGroup;
    float total = 0;
    for (int part = 0; part < kParts; ++part) {
        int dot = 0;
        for (int i = part * Codec::kGroup; i < (part + 1) * Codec::kGroup; ++i) {
            const int code = Codec::kKind != Codes::Unsigned ? static_cast<int8_t>(codes[i]) : codes[i] - Codec::kZero;
            dot += code * x.codes[32 * group + i];
        }
        total += scale[part] * x.scale[group] * static_cast<float>(dot);
        if (Codec::kMin) total -= min[part] * x.scale[group] * static_cast<float>(kParts == 2 ? x.sum16[2 * group + part] : x.sum32[group]);
    }
    return total;
}

template <typename Codec>
static void mat_range(const LinearMat& job, size_t r0, size_t r1, void*) {
    const size_t row_bytes = job.n / Codec::kBlock * Codec::kBytes;
    for (size_t r = r0; r < r1; ++r) {
        const uint8_t* w = static_cast<const uint8_t*>(job.weights) + r * row_bytes;
        for (size_t i = 0; i < job.rows; ++i) job.out.row(i)[r] = 0;
        for (size_t k = 0; k < job.n; k += Codec::kBlock, w += Codec::kBytes) {
            if constexpr (Codec::kFloat) {
                for (size_t i = 0; i < job.rows; ++i) {
                    job.out.row(i)[r] += Codec::load(w) * (static_cast<const float*>(job.act) + i * float_stride(job.n))[k];
                }
            } else {
                float scale[Codec::kBlock / Codec::kGroup], min[Codec::kBlock / Codec::kGroup];
                Codec::scales(w, scale, min);
                for (int g = 0; g < Codec::kBlock / 32; ++g) {
                    uint8_t codes[32];
                    store32(codes, signed_codes<Codec>(w, g));
                    const int first = g * 32 / Codec::kGroup;
                    for (size_t i = 0; i < job.rows; ++i) {
                        const Q8Block* x = static_cast<const Q8Block*>(job.act) + i * q8_blocks(job.n) + k / 256;
                        job.out.row(i)[r] +=
                            block_dot<Codec>(codes, scale + first, min + first, *x, static_cast<int>(k % 256 / 32) + g);
                    }
                }
            }
        }
    }
}

template <typename Codec>
static void vec_range(const uint8_t* weights, size_t n, const void* act, size_t r0, size_t r1, bool, float* out) {
    mat_range<Codec>(LinearMat{{}, {}, weights, n, act, 1, {out}}, r0, r1, nullptr);
}

static void linear_mat(const LinearMat& job, size_t r0, size_t r1, void* scratch) noexcept {
    with_codec(job.type, [&]<typename Codec>() { mat_range<Codec>(job, r0, r1, scratch); });
}
