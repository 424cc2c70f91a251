// Transposes of 32-bit elements in 512-bit registers.
#pragma once

// Element (i, j) becomes (j, i).
static inline void transpose(__m512i (&m)[16]) {
    __m512i t[16];
#pragma GCC unroll 8
    for (int i = 0; i < 16; i += 2) {
        t[i] = _mm512_unpacklo_epi32(m[i], m[i + 1]);
        t[i + 1] = _mm512_unpackhi_epi32(m[i], m[i + 1]);
    }
#pragma GCC unroll 4
    for (int i = 0; i < 16; i += 4) {  // m[i + j]: column j of each quarter, from rows i .. i + 3
        m[i] = _mm512_unpacklo_epi64(t[i], t[i + 2]);
        m[i + 1] = _mm512_unpackhi_epi64(t[i], t[i + 2]);
        m[i + 2] = _mm512_unpacklo_epi64(t[i + 1], t[i + 3]);
        m[i + 3] = _mm512_unpackhi_epi64(t[i + 1], t[i + 3]);
    }
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
        const __m512i even_low = _mm512_shuffle_i32x4(m[j], m[4 + j], 0x88), odd_low = _mm512_shuffle_i32x4(m[j], m[4 + j], 0xdd);
        const __m512i even_high = _mm512_shuffle_i32x4(m[8 + j], m[12 + j], 0x88), odd_high = _mm512_shuffle_i32x4(m[8 + j], m[12 + j], 0xdd);
        t[j] = _mm512_shuffle_i32x4(even_low, even_high, 0x88);
        t[4 + j] = _mm512_shuffle_i32x4(odd_low, odd_high, 0x88);
        t[8 + j] = _mm512_shuffle_i32x4(even_low, even_high, 0xdd);
        t[12 + j] = _mm512_shuffle_i32x4(odd_low, odd_high, 0xdd);
    }
#pragma GCC unroll 16
    for (int i = 0; i < 16; ++i) m[i] = t[i];
}

static inline __m512i join(__m256i low, __m256i high) { return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1); }

// Eight elements of 16 rows: row i in the lower half of rows[i], row i + 8 in the upper one. columns[j]: element j of all rows.
static inline __attribute__((always_inline)) void transpose_halves(const __m512i (&rows)[8], __m512i (&columns)[8]) {
    __m512i quads[8];  // of four rows and, in the next quarter, four columns further
#pragma GCC unroll 2
    for (int i = 0; i < 8; i += 4) {
        const __m512i t0 = _mm512_unpacklo_epi32(rows[i], rows[i + 1]), t1 = _mm512_unpackhi_epi32(rows[i], rows[i + 1]);
        const __m512i t2 = _mm512_unpacklo_epi32(rows[i + 2], rows[i + 3]), t3 = _mm512_unpackhi_epi32(rows[i + 2], rows[i + 3]);
        quads[i] = _mm512_unpacklo_epi64(t0, t2);
        quads[i + 1] = _mm512_unpackhi_epi64(t0, t2);
        quads[i + 2] = _mm512_unpacklo_epi64(t1, t3);
        quads[i + 3] = _mm512_unpackhi_epi64(t1, t3);
    }
    const __m512i even = _mm512_setr_epi64(0, 1, 8, 9, 4, 5, 12, 13), odd = _mm512_setr_epi64(2, 3, 10, 11, 6, 7, 14, 15);
#pragma GCC unroll 4
    for (int j = 0; j < 4; ++j) {
        columns[j] = _mm512_permutex2var_epi64(quads[j], even, quads[4 + j]);
        columns[4 + j] = _mm512_permutex2var_epi64(quads[j], odd, quads[4 + j]);
    }
}
