#define CODEC_INTEGER
#include "../lib/codec.glsl"

// planes: codes[32], d
Unit load_unit(Blocks w, uint n_blocks, uint row, uint n_units, uint u) {
    const uint block = row * n_units + u;
    Unit unit;
    unit.code[0] = w.v[2 * block];
    unit.code[1] = w.v[2 * block + 1];
    unit.scale = vec2(load_half(w, 2 * n_blocks, block));
    unit.min = vec2(0);
    return unit;
}
