#include "../lib/codec.glsl"

Unit load_unit(Blocks w, uint n_blocks, uint row, uint n_units, uint u) {
    const uint at = 8 * (row * n_units + u);
    Unit unit;
    [[unroll]] for (uint i = 0; i < 8; ++i) unit.value[i] = uintBitsToFloat(w.v[at + i]);
    return unit;
}
