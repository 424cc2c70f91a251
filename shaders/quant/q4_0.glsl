#define CODEC_INTEGER
#include "../lib/codec.glsl"

// planes: nibbles[16] (low ones first), d. value = d * (nibble - 8)
Unit load_unit(Blocks w, uint n_blocks, uint row, uint n_units, uint u) {
    const uint block = row * n_units + u;
    const uvec4 x = w.v[block];
    Unit unit;
    unit.code[0] = x & 0x0F0F0F0Fu;
    unit.code[1] = x >> 4 & 0x0F0F0F0Fu;
    unit.scale = vec2(load_half(w, n_blocks, block));
    unit.min = 8 * unit.scale;
    return unit;
}
