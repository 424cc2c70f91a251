// Prefill, before attend_mat: keys and values to the cache; queries, normed, rotated and scaled, to scratch memory.
// One workgroup per head (queries' heads first) and row.
#version 460
#extension GL_GOOGLE_include_directive : require
layout(local_size_x = 64) in;
const uint kThreads = 64;
#include "lib/memory.glsl"
#include "lib/reduce.glsl"
#include "lib/activation.glsl"
#include "lib/attend.glsl"
#include "lib/head.glsl"

void main() {
    const uint head = gl_WorkGroupID.x, row = gl_WorkGroupID.y;
    if (head >= n_head) {
        append(row, head - n_head);
        return;
    }
    const uint at = q_at + row * q_row + head * q_stride, to = parts_at + (row * n_head + head) * kDim;
    const float factor = norm_factor((kNorms & 1) != 0, at, kDim, q_eps), s = scale * temperature(run.position + row);
    for (uint i = gl_LocalInvocationID.x; i < kDim; i += kThreads) act.v[to + i] = s * head_value(row, at, i, factor, q_norm);
}
