// Kernels of everything that is not a matrix of weights: norms, activations, attention, scans. One table per instruction set.
// They allocate nothing, take no lock and use the calling thread only.
#pragma once
#include <cstddef>
#include <cstdint>

#include "backends/cpu/isa/isa.h"
#include "backends/cpu/rows.h"
#include "core/plan/plan.h"

namespace dlgo::cpu {

// Heads of keys, values and queries are padded with zeros to a multiple of this many values.
inline constexpr uint32_t kHeadPad = 16;
inline constexpr uint32_t pad_head(uint32_t n) noexcept { return (n + kHeadPad - 1) / kHeadPad * kHeadPad; }

struct NormArgs {
    NormKind kind;
    float eps;
    const float* weight;  // may be null
    const float* bias;    // may be null
};

// y = act(x + bias) * mul * factor, then + residual, then * out_scale
struct Epilogue {
    const float* bias = nullptr;
    Activation act = Activation::None;
    ConstRows mul{};
    float factor = 1;
    ConstRows residual{};
    float out_scale = 1;
};

// Part of a KV cache: n consecutive entries from `position` on, of one head.
struct KvRun {
    const void* k;  // [n, k_stride]
    const void* v;  // [n, v_stride]
    uint32_t position, n;
};

// Softmax over keys in progress: m = highest s so far, l = sum of exp(s - m), acc = sum of exp(s - m) v.
struct AttendState {
    float *m, *l;  // [n_q]; at first -infinity and 0
    float* acc;    // [n_q, v_dim]
};

struct AttendArgs {
    const float* q;  // [n_q, k_dim], scaled
    uint32_t n_q, k_dim, v_dim;       // padded
    uint32_t k_stride, v_stride;      // values between cache entries
    bool f16;
    bool bf16_suffices;               // for products, because results are rounded to bfloat16 anyway
    float softcap;
    const uint32_t *begin, *end;      // [n_q] positions that each query sees
    AttendState state;
    float* scratch;  // attend_scratch() floats, 64-byte aligned
};

struct ConvArgs {
    const float *in, *pre, *post;  // row 0; pre and post may be null
    float* out;
    size_t in_stride, pre_stride, post_stride, out_stride;
    const float* weight;   // [kernel, n]
    const float* bias;     // [n] or null
    const float* history;  // [kernel - 1, n] or null: zeros
    uint32_t n, kernel;
    Activation act;
};

// One head, or d_v of its values.
struct DeltaArgs {
    const float *q, *k, *v, *alpha, *beta;  // row 0
    float* out;
    size_t q_stride, k_stride, v_stride, alpha_stride, beta_stride, out_stride;
    uint32_t rows, d_k, d_v;
    float a, dt, eps;
    const float* state_in;  // [d_k, d_v] or null: zeros
    float* state_out;
    size_t state_stride;
    float* chunks;   // delta_chunk_size() floats for each chunk of rows
    float* scratch;  // delta_scratch() floats
};

struct MambaArgs {
    const float *x, *b, *c, *dt;  // row 0
    float* out;
    size_t x_stride, b_stride, c_stride, dt_stride, out_stride;
    uint32_t rows, d_head, d_state;
    float a, dt_bias, d;
    const float* state_in;  // [d_head, d_state] or null: zeros
    float* state_out;
    float* scratch;  // mamba_scratch() floats
};

inline constexpr uint32_t kWidestPanel = 32;  // columns of a packed panel of any instruction set
inline constexpr uint32_t kKeyTile = 64;    // keys that attention works on at a time
inline constexpr uint32_t kScanChunk = 64;  // rows that a scan works on at a time

size_t attend_scratch(uint32_t n_q, uint32_t k_dim, uint32_t v_dim) noexcept;
size_t delta_scratch(uint32_t d_k, uint32_t d_v) noexcept;
size_t delta_chunk_size(uint32_t d_k) noexcept;

// Rows of the chunk at row r; 0: the rest goes row by row, because the products are too small to pay.
inline uint32_t delta_chunk_rows(uint32_t rows, uint32_t r) noexcept {
    const uint32_t left = r < rows ? rows - r : 0;
    return left < 8 ? 0 : left < kScanChunk ? left : kScanChunk;
}

size_t mamba_scratch(uint32_t d_head, uint32_t d_state) noexcept;

struct OpKernels {
    // x and y may be the same.
    void (*normalize)(const NormArgs& args, const float* x, float* y, size_t n) noexcept;
    // rows of n values each. y may be x or the residual.
    void (*finish)(const Epilogue& args, ConstRows x, Rows y, size_t rows, size_t n) noexcept;
    void (*glu)(Activation act, ConstRows gate, ConstRows up, Rows y, size_t rows, size_t n) noexcept;
    void (*softcap)(float* x, size_t n, float scale, float cap) noexcept;  // cap 0: only the scale
    void (*softmax)(float* x, size_t n) noexcept;
    // n_rot values of a head; cos, sin: [n_rot / 2]
    void (*rope)(float* x, uint32_t n_rot, bool adjacent, const float* cos, const float* sin) noexcept;
    void (*to_half)(const float* x, uint16_t* y, size_t n) noexcept;
    void (*from_half)(const uint16_t* x, float* y, size_t n) noexcept;

    // A few queries that all see the whole run (begin and end are not looked at).
    void (*attend_few)(const AttendArgs& args, const KvRun& run) noexcept;
    // Many queries. All arrays of [n_q] are as long as pad_head(n_q).
    void (*attend_many)(const AttendArgs& args, const KvRun& run) noexcept;

    // Channels c0 <= c < c1 of rows r0 <= r < r1. in: row 0 of the run.
    void (*conv)(const ConvArgs& args, uint32_t r0, uint32_t r1, uint32_t c0, uint32_t c1) noexcept;
    // Prepares the chunk of the rows; d_v, out and the states are not looked at.
    void (*delta_keys)(const DeltaArgs& args) noexcept;
    // All rows, with their chunks prepared.
    void (*delta)(const DeltaArgs& args) noexcept;
    void (*mamba)(const MambaArgs& args) noexcept;
};

// isa must be present.
const OpKernels& op_kernels(Isa isa) noexcept;

}  // namespace dlgo::cpu
