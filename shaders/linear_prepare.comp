// Before linear_mat: the activation rows, normed, in the form that it multiplies, to scratch memory. One workgroup per row.
#version 460
#extension GL_GOOGLE_include_directive : require
layout(local_size_x = 128) in;
const uint kThreads = 128;
#include "lib/memory.glsl"
#include "lib/reduce.glsl"

layout(push_constant, std430) uniform Args {
    Floats act;
    Floats params;
    RunParams run;
    Words rows_out;           // [rows][row_words]
    Floats scales_out;        // [rows]: value = factor * scale
    uint in_at, in_stride, n_in, row_words;
    uint norm_weight, norm_bias;
    float eps;
    uint head;                // 1: rows are those of the head
};

layout(constant_id = 0) const uint kNorm = 0;  // NormKind
// 0: floats. 1: halves. 2: halves, then the halves of what they leave. Values behind the row's end, up to whole units of 32, are zero.
layout(constant_id = 1) const uint kForm = 0;

float mean, factor;
uint in_row;

float value(uint i) {
    if (i >= n_in) return 0;
    float x = act.v[in_row + i];
    if (kNorm == 0) return x;
    x = (x - mean) * factor;
    if (norm_weight != kNone) x *= params.v[norm_weight + i];
    if (norm_bias != kNone) x += params.v[norm_bias + i];
    return x;
}

void main() {
    const uint row = gl_WorkGroupID.x, t = gl_LocalInvocationID.x, n = (n_in + 31) / 32 * 32;
    in_row = in_at + (row + (head == 1 ? run.logits_first : 0)) * in_stride;
    mean = 0;
    factor = 1;
    if (kNorm != 0) {
        float sum = 0;
        if (kNorm == 2) {
            for (uint i = t; i < n_in; i += kThreads) sum += act.v[in_row + i];
            mean = workgroup_sum(sum) / n_in;
            sum = 0;
        }
        for (uint i = t; i < n_in; i += kThreads) {
            const float d = act.v[in_row + i] - mean;
            sum += d * d;
        }
        factor = inversesqrt(workgroup_sum(sum) / n_in + eps);
    }
    if (kForm == 0) {
        for (uint i = t; i < n; i += kThreads) rows_out.v[row * row_words + i] = floatBitsToUint(value(i));
        return;
    }
    // Halves reach 65504 only: the largest magnitude of the row is brought to 1024 .. 2048 by a power of two.
    float most = 0;
    for (uint i = t; i < n_in; i += kThreads) most = max(most, abs(value(i)));
    most = workgroup_max(most);
    const float scale = most > 0 ? exp2(floor(log2(most)) - 10) : 1;
    if (t == 0) scales_out.v[row] = scale;
    for (uint i = 2 * t; i < n; i += 2 * kThreads) {
        const vec2 x = vec2(value(i), value(i + 1)) / scale;
        if (kForm == 1) {
            rows_out.v[row * row_words + i / 2] = packHalf2x16(x);
        } else {
            // Cut to a half's ten bits in whole numbers: a compiler may take packing and unpacking for nothing.
            const vec2 high = uintBitsToFloat(floatBitsToUint(x) & 0xFFFFE000u);
            rows_out.v[row * row_words + i / 2] = packHalf2x16(high);
            rows_out.v[row * row_words + n / 2 + i / 2] = packHalf2x16(x - high);
        }
    }
}
