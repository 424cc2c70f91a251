// out = finish(act(gate) * up), where a Linear's two matrices could not be computed by one dispatch.
#version 460
#extension GL_GOOGLE_include_directive : require
layout(local_size_x = 128) in;
#include "lib/memory.glsl"
#include "lib/activation.glsl"
#include "lib/linear.glsl"

// in_at: the gate's products, row_stride in_stride; norm_weight: those of `up`, likewise.
void main() {
    const uint r = gl_GlobalInvocationID.x, row = gl_WorkGroupID.y;
    if (r >= n_out[0]) return;
    finish(0, row, r, act.v[in_at + row * in_stride + r], act.v[norm_weight + row * in_stride + r]);
}
