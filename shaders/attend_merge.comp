// Decode, after attend_vec: the splits' results into one. One workgroup per query head.
#version 460
#extension GL_GOOGLE_include_directive : require
layout(local_size_x = 64) in;
const uint kThreads = 64;
#include "lib/memory.glsl"
#include "lib/activation.glsl"
#include "lib/attend.glsl"
#include "lib/split.glsl"

void main() {
    const uint head = gl_WorkGroupID.x, n = splits_in_use(run.position);
    float most = sinks == kNone ? kNever : params.v[sinks + head];
    for (uint s = 0; s < n; ++s) most = max(most, act.v[split_at(head, s)]);
    float total = sinks == kNone ? 0 : exp(params.v[sinks + head] - most);
    for (uint s = 0; s < n; ++s) total += act.v[split_at(head, s) + 1] * exp(act.v[split_at(head, s)] - most);
    for (uint i = gl_LocalInvocationID.x; i < kValueDim; i += kThreads) {
        float sum = 0;
        for (uint s = 0; s < n; ++s) sum += act.v[split_at(head, s) + 2 + i] * exp(act.v[split_at(head, s)] - most);
        sum /= total;
        if (gate_at != kNone) sum *= sigmoid(act.v[gate_at + head * gate_stride + i]);
        act.v[out_at + head * kValueDim + i] = sum;
    }
}
