#include "../lib/codec.glsl"

Unit load_unit(Blocks w, uint n_blocks, uint row, uint n_units, uint u) {
    const uint at = 4 * (row * n_units + u);
    Unit unit;
    [[unroll]] for (uint i = 0; i < 4; ++i) {
        const uvec4 x = w.v[at + i];
        unit.value[2 * i] = vec4(unpackHalf2x16(x.x), unpackHalf2x16(x.y));
        unit.value[2 * i + 1] = vec4(unpackHalf2x16(x.z), unpackHalf2x16(x.w));
    }
    return unit;
}
