// The op vocabulary. A model is lowered once into a flat list of coarse steps; every backend compiles the same list.
//
// All activations are float32 in buffers of a fixed width per row: buffer b is [rows, width(b)]. Row i of a run is the token at
// position StepParams::position + i. A View is a buffer and an offset in floats from the start of its rows.
//
// The comments give the exact meaning of each step; how it is split, merged or fused is the backend's affair. backends/cpu/ref is the
// specification in code.
#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/plan/weights.h"

namespace dlgo {

inline constexpr uint16_t kNoBuffer = 0xFFFF;
inline constexpr uint16_t kNoState = 0xFFFF;

struct View {
    uint16_t buffer = kNoBuffer;
    uint32_t offset = 0;
    bool valid() const noexcept { return buffer != kNoBuffer; }
};

enum class NormKind : uint8_t { None, Rms, Layer };

// Rms: x / sqrt(mean(x^2) + eps). Layer: (x - mean) / sqrt(var + eps). Then * weight (if any) + bias (if any).
struct NormSpec {
    NormKind kind = NormKind::None;
    float eps = 0;
    ParamId weight = kNoParam;
    ParamId bias = kNoParam;
};

enum class Activation : uint8_t {
    None,
    Silu,    // x * sigmoid(x)
    Gelu,    // 0.5 x (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))
    Relu2,   // max(x, 0)^2
    Sigmoid,
    SwigluOai  // with two operands only: g = min(gate, 7), u = clamp(up, -7, 7): g * sigmoid(1.702 g) * (u + 1)
};

// Rows row0 .. row0 + n_out - 1 of a matrix; for a stack of matrices, of each of them.
struct MatRef {
    MatrixId matrix = kNoMatrix;
    uint32_t row0 = 0;
    uint32_t n_out = 0;
    ParamId bias = kNoParam;   // [n_out], for a stack [count, n_out]
    ParamId scale = kNoParam;  // [count]: factor of the matrix, for formats whose own scales have a short range (NVFP4)
};

// out = scale * table[token]
struct Embed {
    MatrixId table = kNoMatrix;  // [n_vocab rows]; tokens are checked before they get here
    float scale = 1;
    View out;
};

inline constexpr uint32_t kMaxLinearMats = 4;

// h = norm(in);  y_j = mats[j] h + bias_j, where mats[j] h includes the scale of the MatRef
// glu false: y_j goes to out[j]. glu true (two mats): y = act(y_0) * y_1 (SwigluOai: as above) goes to out[0].
// On what goes to out[0], in this order: y = act(y) (glu false);  y *= mul;  y *= sigmoid(row_gate);  y = y * scale + residual;
// y *= out_scale. With several outputs (glu false, n_mats > 1) all of these are at their defaults.
struct Linear {
    View in;
    uint32_t n_in = 0;
    NormSpec norm;
    uint32_t n_mats = 0;
    MatRef mats[kMaxLinearMats];
    View out[kMaxLinearMats];
    bool glu = false;
    Activation act = Activation::None;
    View mul;       // [n_out]: factor per value
    View row_gate;  // [1]: one value per row
    float scale = 1;
    View residual;  // [n_out], may be the same as out[0]
    float out_scale = 1;
};

// Per head h: out[h * out_stride + 0 .. n_out) = mat_h in[h * in_stride + 0 .. n_in), mat_h being matrix h of a stack;
// then the n_tail values behind the n_in ones are copied behind the n_out ones.
struct HeadLinear {
    View in, out;
    uint32_t in_stride = 0, out_stride = 0;
    uint32_t n_head = 0, n_in = 0, n_tail = 0;
    MatRef mat;
};

// y = norm over groups of `group` values of in (n values; weight and bias have `group` values shared by all groups, or n).
// gate: gate_first: norm(in * silu(gate)), else norm(in) * silu(gate). Then out = (y * scale + residual) * out_scale.
struct Norm {
    View in, out;
    uint32_t n = 0, group = 0;
    NormSpec norm;
    View gate;
    bool gate_first = false;
    float scale = 1;
    View residual;
    float out_scale = 1;
};

// Rotates n_rot values of a head from `offset` on. Angle of pair i = position * inv_freq[i]; cos and sin are multiplied by magnitude.
// adjacent: pairs (2i, 2i+1), else (i, i + n_rot/2). All frequency scaling (YaRN, llama3, longrope, ...) is inside inv_freq.
struct RopeSpec {
    uint32_t n_rot = 0;  // 0 = none
    uint32_t offset = 0;
    bool adjacent = false;
    float magnitude = 1;
    ParamId inv_freq = kNoParam;  // [n_rot / 2]
};

// From raw projections to the attention result.
//   q: n_head heads of head_dim, q_stride apart; k: n_head_kv heads of head_dim; v: n_head_kv heads of v_dim.
//   q, k, v norms per head (norm_all: q and k over all their heads at once; k_norm_dims > 0: over the first values of the key only), then
//   rope of q and k, then k and v go to the cache at this row's position; q *= 1 + temp_scale * ln(1 + floor(position / temp_length)).
//   s_j = scale * q . k_j for j in (position - window, position] (window 0: all up to position); softcap c > 0: s = c tanh(s / c);
//   softmax over j, with sinks[head] as one more logit without a value; out = sum p_j v_j; out *= sigmoid(gate).
// No k: the cache is read and not written, as it is that of an earlier layer, or has been written for all rows already. No q: it is written, and that
// is all. v_in_k (MLA): v_j are the first v_dim values of k_j; v is absent.
struct Attend {
    View q, k, v, gate;
    View out;  // [n_head * v_dim]
    uint32_t n_head = 0, n_head_kv = 0, head_dim = 0, v_dim = 0;
    uint32_t q_stride = 0, gate_stride = 0;  // floats between heads
    NormSpec q_norm, k_norm, v_norm;
    bool norm_all = false;
    uint32_t k_norm_dims = 0;
    RopeSpec rope;
    float scale = 1, softcap = 0;
    ParamId sinks = kNoParam;
    uint32_t window = 0;
    float temp_scale = 0;
    uint32_t temp_length = 1;
    bool v_in_k = false;
    uint16_t state = kNoState;
};

enum class Gating : uint8_t {
    Softmax,         // p = softmax(logits), then the k best
    Sigmoid,         // p = sigmoid(logits), then the k best
    SoftmaxOfChosen  // the k best logits, then p = softmax over them
};

// ids[k] (int32 bit patterns in the buffer) and weights[k] of the chosen experts, best first; ties: the lower id.
// Choice by p + select_bias; with groups: only among experts of the n_group_used groups whose two best (biased) sum highest. The weight is
// p itself; renormalize: divided by their sum; then * scale, then * expert_scale[id].
struct Route {
    View logits, ids, weights;
    Gating gating = Gating::Softmax;
    uint32_t n_expert = 0, n_used = 0, n_group = 1, n_group_used = 1;
    ParamId select_bias = kNoParam, expert_scale = kNoParam;
    bool renormalize = false;
    float scale = 1;
};

// h = norm(in); y = sum over chosen e of weights_e * (down_e a_e + bias), a_e = glu ? act(gate_e h) * (up_e h) : act(up_e h)
// out = y * scale + residual. hidden: [n_used * n_ff] scratch.
struct Experts {
    View in, ids, weights, hidden, out, residual;
    uint32_t n_in = 0, n_ff = 0, n_out = 0, n_used = 0, n_expert = 0;
    NormSpec norm;
    bool glu = true;
    Activation act = Activation::Silu;
    MatRef gate, up, down;  // stacks of n_expert matrices
    float scale = 1;
};

// Causal depthwise convolution over rows: x = in (* pre); y_t = bias + sum_i weight[c][i] x_{t - (kernel-1) + i}; y = act(y) (* post).
// State: the last kernel - 1 rows of x, oldest first, [kernel - 1, n].
struct Conv {
    View in, pre, post, out;
    uint32_t n = 0, kernel = 0;
    ParamId weight = kNoParam, bias = kNoParam;  // [n, kernel], [n]
    Activation act = Activation::None;
    uint16_t state = kNoState;
};

// Gated delta rule (Yang et al. 2024, arXiv 2412.06464). q, k: n_k heads of d_k; v: n_v heads of d_v; q and k are L2-normalized per head
// (x / max(|x|, eps)), q then divided by sqrt(d_k). Per v head h with its k head (k_by_modulo: h % n_k, else h / (n_v / n_k)):
//   g = exp(a[h] * softplus(alpha + dt[h])); b = sigmoid(beta); S *= g; S += k (b (v - S^T k))^T; out = S^T q.  State: [n_v, d_k, d_v]
// alpha and beta of head h are at (h / ab_group) * ab_stride + h % ab_group from their views.
struct DeltaNet {
    View q, k, v, alpha, beta, out;  // out: [n_v * d_v]
    uint32_t n_k = 0, n_v = 0, d_k = 0, d_v = 0;
    uint32_t ab_group = 0, ab_stride = 0;
    bool k_by_modulo = false;
    float eps = 0;
    ParamId a = kNoParam, dt = kNoParam;
    uint16_t state = kNoState;
};

// Mamba-2 (Dao & Gu 2024, arXiv 2405.21060). x: n_head heads of d_head; b, c: n_group groups of d_state; dt: n_head; head h uses group
// h / (n_head / n_group).
//   dt' = softplus(dt + dt_bias); S = exp(dt' a) S + dt' x B^T; y = S C + d x.  State: [n_head, d_head, d_state]
struct Mamba2 {
    View x, b, c, dt, out;  // out: [n_head * d_head]
    uint32_t n_head = 0, d_head = 0, n_group = 0, d_state = 0;
    ParamId a = kNoParam, dt_bias = kNoParam, d = kNoParam;
    uint16_t state = kNoState;
};

// logits = softcap(scale * (mat norm(in) + bias)) for the last StepParams::logits_rows rows.
struct Head {
    View in;
    uint32_t n_in = 0;
    NormSpec norm;
    MatRef mat;
    float scale = 1, softcap = 0;
};

// Copies n values per row.
struct Copy {
    View in, out;
    uint32_t n = 0;
};

// Diagnostics: level 1 = min/max/mean/NaN count, 2 = and the first values, 3 = dump to a file.
struct Probe {
    View in;
    uint32_t n = 0;
    uint32_t level = 1;
    uint32_t step = 0;  // index of the step whose result it shows
    uint32_t first_position = 0, last_position = 0xFFFFFFFF;  // rows at other positions are left out
};

using Op = std::variant<Embed, Linear, HeadLinear, Norm, Attend, Route, Experts, Conv, DeltaNet, Mamba2, Head, Copy, Probe>;

enum class Role : uint8_t { Embed, Attention, Ffn, Experts, Head };

struct Step {
    Op op;
    uint16_t layer = 0;
    Role role = Role::Attention;
    const char* name = "";  // static: "qkv", "attend", "out", "gate_up", ...
};

enum class StateKind : uint8_t { Kv, Recurrent };

// What a session keeps per layer.
struct StateSpec {
    StateKind kind = StateKind::Kv;
    uint16_t layer = 0;
    // Kv: per position n_head * k_dim key values and n_head * v_dim value values (v_dim 0: none), in the session's cache type.
    uint32_t n_head = 0, k_dim = 0, v_dim = 0;
    uint32_t window = 0;  // > 0: only that many last positions are ever read
    // Recurrent: n_values floats; zero at position 0.
    uint32_t n_values = 0;
};

struct Plan {
    std::vector<Step> steps;
    std::vector<uint32_t> buffers;  // width in floats
    std::vector<StateSpec> states;
    uint32_t n_layer = 0, n_vocab = 0, n_embd = 0;
};

// "attend", "linear", ...
const char* op_name(const Op& op) noexcept;

}  // namespace dlgo
