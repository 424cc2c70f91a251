#define CODEC_INTEGER
#define RUN_DISTANCE 2
#include "../lib/codec.glsl"

// planes: nibbles[128], packed scales[12], d and dmin. 32 bytes of nibbles hold two groups of 32, the first in the low ones.
Unit load_unit(Blocks w, uint n_blocks, uint row, uint n_units, uint u) {
    const uint block = row * (n_units / 8) + u / 8, pair = u % 8 / 2;  // groups 2 pair and 2 pair + 1 of the block
    const uvec4 x = w.v[8 * block + u % 8];
    const uint scales = 4 * 8 * n_blocks + 3 * block;
    const uint d_plane = next_plane(8 * n_blocks, 12 * n_blocks);
    const uint first = Words(w).v[scales], second = Words(w).v[scales + 1], third = Words(w).v[scales + 2];
    const vec2 d = unpackHalf2x16(Words(w).v[4 * d_plane + block]);
    uint scale, low;  // two bytes each
    if (pair < 2) {
        scale = first >> 16 * pair & 0x3F3Fu;
        low = second >> 16 * pair & 0x3F3Fu;
    } else {
        const uint shift = 16 * (pair - 2);
        scale = third >> shift & 0x0F0Fu | (first >> shift & 0xC0C0u) >> 2;
        low = third >> (shift + 4) & 0x0F0Fu | (second >> shift & 0xC0C0u) >> 2;
    }
    Unit unit;
    unit.code[0] = x & 0x0F0F0F0Fu;
    unit.code[1] = x >> 4 & 0x0F0F0F0Fu;
    unit.scale = d.x * vec2(scale & 0xFFu, scale >> 8);
    unit.min = d.y * vec2(low & 0xFFu, low >> 8);
    return unit;
}
