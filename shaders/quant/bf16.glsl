#include "../lib/codec.glsl"

vec4 from_bf16(uint a, uint b) { return uintBitsToFloat(uvec4(a << 16, a & 0xFFFF0000u, b << 16, b & 0xFFFF0000u)); }

Unit load_unit(Blocks w, uint n_blocks, uint row, uint n_units, uint u) {
    const uint at = 4 * (row * n_units + u);
    Unit unit;
    [[unroll]] for (uint i = 0; i < 4; ++i) {
        const uvec4 x = w.v[at + i];
        unit.value[2 * i] = from_bf16(x.x, x.y);
        unit.value[2 * i + 1] = from_bf16(x.z, x.w);
    }
    return unit;
}
