// Arguments of Attend (core/plan/plan.h). C++ side: AttendArgs in backends/vulkan/ops/attend.cpp.
layout(push_constant, std430) uniform Args {
    Floats act;
    Floats params;
    RunParams run;
    Floats rope;              // [rows][n_rot / 2][cos, sin], magnitude included
    Words keys, values;       // [capacity][n_head_kv][padded dim], halves or floats
    uint q_at, q_row, q_stride;  // offset, floats between rows, floats between heads
    uint k_at, v_at, kv_row;
    uint gate_at, gate_row, gate_stride;
    uint out_at, out_row;
    uint n_head, n_head_kv;
    uint q_norm, k_norm, v_norm;  // weights in params; kNone = 1
    float q_eps, k_eps, v_eps;
    uint sinks;
    uint window, capacity;
    float scale, softcap;
    float temp_scale;
    uint temp_length;
    uint parts_at;            // of act: partial results of splits, or prepared queries
    uint n_split;
    uint counters_at;
};

layout(constant_id = 0) const uint kDim = 64;       // of keys
layout(constant_id = 1) const uint kValueDim = 64;
layout(constant_id = 2) const bool kHalf = true;    // cache of halves, else of floats
layout(constant_id = 3) const uint kRot = 0;        // rotated values of a head ...
layout(constant_id = 4) const uint kRotFirst = 0;   // ... from here on
layout(constant_id = 5) const bool kAdjacent = false;
layout(constant_id = 6) const uint kNorms = 0;      // 1: q, 2: k, 4: v are normed per head
layout(constant_id = 7) const bool kAppend = true;  // false: the cache of an earlier layer

const float kNever = -3.0e38;  // a score without weight

// A head's room in the cache, in words of 4 bytes: a multiple of 16 bytes.
uint padded_words(uint dim) { return kHalf ? (dim + 7) / 8 * 4 : (dim + 3) / 4 * 4; }
uint key_at(uint position, uint head) { return (position % capacity * n_head_kv + head) * padded_words(kDim); }
uint value_at(uint position, uint head) { return (position % capacity * n_head_kv + head) * padded_words(kValueDim); }

uint first_visible(uint position) { return window > 0 && position + 1 > window ? position + 1 - window : 0; }

float capped(float s) { return softcap > 0 ? softcap * safe_tanh(s / softcap) : s; }

float temperature(uint position) {
    return temp_scale == 0 ? 1 : 1 + temp_scale * log(1 + float(position / temp_length));
}

// Index of the partner, and cos and signed sin, of value i of a head: rotated value = x[i] * cos + x[partner] * sin.
uint rope_of(uint row, uint i, out vec2 turn) {
    turn = vec2(1, 0);
    if (kRot == 0 || i < kRotFirst || i >= kRotFirst + kRot) return i;
    const uint j = i - kRotFirst, half_rot = kRot / 2;
    const uint pair = kAdjacent ? j / 2 : j % half_rot;
    const bool second = kAdjacent ? j % 2 == 1 : j >= half_rot;
    const uint at = (row * half_rot + pair) * 2;
    turn = vec2(rope.v[at], second ? rope.v[at + 1] : -rope.v[at + 1]);
    return kAdjacent ? i ^ 1 : second ? i - half_rot : i + half_rot;
}
