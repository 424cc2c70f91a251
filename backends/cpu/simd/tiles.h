// AMX tiles of bfloat16.
#pragma once

static constexpr int kTileSide = 16, kTileK = 32;  // a tile: 16 rows of 32 values; as the second factor 16 columns, two values of each side by side

// Six tiles of 16 rows of 64 bytes: two threads of a core share the registers in which tiles are renamed, and all eight tiles would leave none.
struct TileConfig {
    uint8_t palette = 1, start_row = 0, reserved[14] = {};
    uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64};
    uint8_t rows[16] = {16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(TileConfig) == 64);
alignas(64) static constexpr TileConfig kTileConfig;

// The upper halves of the 32 bits of both, in turn: pairs of bfloat16.
static inline __m512i upper_pairs(__m512i even, __m512i odd) { return _mm512_mask_blend_epi16(0xaaaaaaaa, _mm512_srli_epi32(even, 16), odd); }

// Two vectors of floats to pairs of bfloat16, rounded to the nearest.
static inline __m512i rounded_pairs(__m512 even, __m512 odd) {
    const __m512i half = _mm512_set1_epi32(0x8000);
    return upper_pairs(_mm512_add_epi32(_mm512_castps_si512(even), half), _mm512_add_epi32(_mm512_castps_si512(odd), half));
}

// The transpose of 16 rows of pairs of bfloat16; its rows are so many values apart.
static inline void store_transposed(__m512i (&rows)[kTileSide], uint16_t* y, size_t apart) {
    transpose(rows);
#pragma GCC unroll 16
    for (size_t i = 0; i < kTileSide; ++i) _mm512_store_si512(y + i * apart, rows[i]);
}
