// Norm (core/plan/plan.h): one workgroup per group of values of a row. With kNorm 0 a copy with gate, scale and residual.
#version 460
#extension GL_GOOGLE_include_directive : require
layout(local_size_x = 128) in;
const uint kThreads = 128;
#include "lib/memory.glsl"
#include "lib/reduce.glsl"
#include "lib/activation.glsl"

layout(push_constant, std430) uniform Args {
    Floats act;
    Floats params;
    RunParams run;
    uint in_at, in_stride, out_at, out_stride, gate_at, gate_stride, residual_at, residual_stride;
    uint group;                       // values
    uint weight, bias;                // offsets in params
    uint weight_step;                 // group when every group has weights of its own, else 0
    float eps, scale, out_scale;
};

layout(constant_id = 0) const uint kNorm = 0;  // NormKind
layout(constant_id = 1) const bool kGateFirst = false;

float silu(uint i) { return activate(kActSilu, act.v[gate_at + gl_WorkGroupID.y * gate_stride + i]); }

float value(uint i) {
    float x = act.v[in_at + gl_WorkGroupID.y * in_stride + i];
    if (kGateFirst && gate_at != kNone) x *= silu(i);
    return x;
}

void main() {
    const uint row = gl_WorkGroupID.y, first = gl_WorkGroupID.x * group, w_first = gl_WorkGroupID.x * weight_step;
    float mean = 0, factor = 1, sum = 0;
    if (kNorm == 2) {
        for (uint i = gl_LocalInvocationID.x; i < group; i += kThreads) sum += value(first + i);
        mean = workgroup_sum(sum) / group;
        sum = 0;
    }
    if (kNorm != 0) {
        for (uint i = gl_LocalInvocationID.x; i < group; i += kThreads) {
            const float d = value(first + i) - mean;
            sum += d * d;
        }
        factor = inversesqrt(workgroup_sum(sum) / group + eps);
        barrier();  // in and out may be the same memory
    }
    for (uint i = gl_LocalInvocationID.x; i < group; i += kThreads) {
        float y = (value(first + i) - mean) * factor;
        if (weight != kNone) y *= params.v[weight + w_first + i];
        if (bias != kNone) y += params.v[bias + w_first + i];
        if (!kGateFirst && gate_at != kNone) y *= silu(first + i);
        y *= scale;
        if (residual_at != kNone) y += act.v[residual_at + row * residual_stride + first + i];
        act.v[out_at + row * out_stride + first + i] = y * out_scale;
    }
}
