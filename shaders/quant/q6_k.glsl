#define CODEC_INTEGER
#define RUN_DISTANCE 4
#include "../lib/codec.glsl"

// planes: low nibbles[128], high bits[64], int8 scales[16], d. In a half of 128 values, 64 bytes of nibbles hold values 0..63 (low)
// and 64..127 (high), 32 bytes the two high bits of each, those of value i at 2 * (i / 32) in byte i % 32. value = d * scale * (code - 32)
Unit load_unit(Blocks w, uint n_blocks, uint row, uint n_units, uint u) {
    const uint block = row * (n_units / 8) + u / 8, half_block = u % 8 / 4, part = u % 4;
    const uvec4 low = w.v[8 * block + u % 8];
    const uvec4 high = w.v[8 * n_blocks + 4 * block + 2 * half_block + part % 2] >> 2 * (part / 2);
    const uint scales_plane = 12 * n_blocks, d_plane = 13 * n_blocks;
    const uvec4 scales = w.v[scales_plane + block];
    const uint first = 8 * half_block + part;  // scale of run 0; that of run 1 is four behind it
    const float d = load_half(w, d_plane, block);
    Unit unit;
    // Bytes minus 32 without borrowing from one another: their high bit is set first.
    unit.code[0] = (((low & 0x0F0F0F0Fu | (high & 0x03030303u) << 4) | 0x80808080u) - 0x20202020u) ^ 0x80808080u;
    unit.code[1] = (((low >> 4 & 0x0F0F0F0Fu | (high & 0x30303030u)) | 0x80808080u) - 0x20202020u) ^ 0x80808080u;
    unit.scale = d * vec2(bitfieldExtract(int(scales[first / 4]), int(8 * (first % 4)), 8),
                          bitfieldExtract(int(scales[first / 4 + 1]), int(8 * (first % 4)), 8));
    unit.min = vec2(0);
    return unit;
}
