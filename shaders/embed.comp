// Embed: rows of the table as floats. A thread converts a unit of 32 values.
#version 460
#extension GL_GOOGLE_include_directive : require
layout(local_size_x = 64) in;
#include "lib/memory.glsl"
#include "weights_codec.glsl"  // one of quant/, chosen by the build

layout(push_constant, std430) uniform Args {
    Blocks table;
    Floats act;
    RunParams run;
    Words tokens;
    uint n_blocks, first_token, n_tokens;  // of the table, those that `table` holds
    uint n_in, out_at, out_stride;
    float scale;
};

void main() {
    const uint u = gl_GlobalInvocationID.x, row = gl_WorkGroupID.y, n_units = (n_in + 31) / 32;
    const uint token = tokens.v[row] - first_token;
    if (u >= n_units || token >= n_tokens) return;
    const Unit unit = load_unit(table, n_blocks, token, n_units, u);
    const uint out_row = out_at + row * out_stride;
    [[unroll]] for (uint k = 0; k < 2; ++k) {
        [[unroll]] for (uint i = 0; i < 4; ++i) {
            const vec4 x = unit_values(unit, k, i) * scale;
            const uint at = 16 * run_of(u, k) + 4 * i;
            [[unroll]] for (uint e = 0; e < 4; ++e) {
                if (at + e < n_in) act.v[out_row + at + e] = x[e];
            }
        }
    }
}
