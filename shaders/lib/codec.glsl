// What the files in quant/ share. A codec tells how 32 values, a unit, come out of a matrix's planes (see weight_layout.cpp).
// A unit is two runs of 16 neighbours, RUN_DISTANCE runs apart: low and high nibbles of the same bytes, say.
//   integer codecs (CODEC_INTEGER):  Unit load_unit(w, n_blocks, row, n_units, u): per run, value = scale * code - min
//   float codecs:                    Unit load_unit(...): the values
#ifndef RUN_DISTANCE
#define RUN_DISTANCE 1
#endif
const uint kRunDistance = RUN_DISTANCE;

// Which 16 values of the row run k of unit u is, and the other way round.
uint run_of(uint u, uint k) { return u / kRunDistance * 2 * kRunDistance + u % kRunDistance + k * kRunDistance; }
uint unit_of(uint run) { return run / (2 * kRunDistance) * kRunDistance + run % kRunDistance; }
uint half_of(uint run) { return run / kRunDistance % 2; }

#ifdef CODEC_INTEGER
struct Unit {
    uvec4 code[2];  // 16 signed bytes each
    vec2 scale;
    vec2 min;
};
#else
struct Unit {
    vec4 value[8];
};
#endif

vec4 signed_bytes(uint word) {
    const int w = int(word);
    return vec4(bitfieldExtract(w, 0, 8), bitfieldExtract(w, 8, 8), bitfieldExtract(w, 16, 8), bitfieldExtract(w, 24, 8));
}

// Values 4 i .. 4 i + 3 of run k.
vec4 unit_values(Unit unit, uint k, uint i) {
#ifdef CODEC_INTEGER
    return signed_bytes(unit.code[k][i]) * unit.scale[k] - unit.min[k];
#else
    return unit.value[4 * k + i];
#endif
}

// Planes follow each other, each rounded up to 16 bytes.
uint next_plane(uint at, uint bytes) { return at + (bytes + 15) / 16; }

// Half number i of a plane that begins at `plane` (in 16 bytes).
float load_half(Blocks w, uint plane, uint i) {
    const uint word = Words(w).v[4 * plane + i / 2];
    return unpackHalf2x16(word)[i % 2];
}
