// Formats whose values are entries of a grid of 256 and signs, 16 rows at a time, with AVX512-VBMI: permutations of bytes look 64 values up in a
// part of the grid (Codec::kPlanes), which gathers would do one entry at a time.
#pragma once

template <typename Codec>
static constexpr bool has_grid_rows() {
    return requires { Codec::kPlanes; };
}

// Four fields of seven bits to bytes, with an eighth bit that makes their number even.
static inline __m512i eight_signs(__m512i fields) {
    constexpr long long kPlaces = 0x150e0700;
    const __m512i places = _mm512_set1_epi64((kPlaces + 0x20202020) << 32 | kPlaces);
    const __m512i seven = _mm512_and_si512(_mm512_multishift_epi64_epi8(places, fields), _mm512_set1_epi8(127));
    const __m512i nibble = _mm512_and_si512(_mm512_xor_si512(seven, _mm512_srli_epi64(seven, 4)), _mm512_set1_epi8(15));
    const __m512i odd = _mm512_broadcast_i32x4(_mm_set_epi64x(0x0080800080000080, static_cast<long long>(0x8000008000808000)));
    return _mm512_or_si512(seven, _mm512_shuffle_epi8(odd, nibble));
}

// x plus 128 to -x plus 128, where of the 16 words' bits first, first + kApart and so on the i-th is set, i the byte of the word.
template <int kApart>
static inline __m512i negate_if(__m512i x, __m512i words, int first) {
    const auto places = [first](int word) {  // so that a bit comes to the top of its byte
        long long places = 0;
        for (int i = 0; i < 4; ++i) places |= static_cast<long long>((32 * word + first + kApart * i - 7) & 63) << 8 * i;
        return places;
    };
    const __mmask64 negative = _mm512_movepi8_mask(_mm512_multishift_epi64_epi8(_mm512_set1_epi64(places(1) << 32 | places(0)), words));
    return _mm512_mask_sub_epi8(x, negative, _mm512_setzero_si512(), x);
}

// 64 entries of the grid.
struct GridIndex {
    __m512i bytes;
    __mmask64 bit6, bit7;

    explicit GridIndex(__m512i index) : bytes(index), bit6(_mm512_movepi8_mask(_mm512_add_epi8(index, index))), bit7(_mm512_movepi8_mask(index)) {}

    __m512i lookup(const uint8_t (&table)[256]) const {
        const auto quarter = [&](int i) { return _mm512_loadu_si512(table + 64 * i); };
        __m512i x = _mm512_permutexvar_epi8(bytes, quarter(0));
        x = _mm512_mask_permutexvar_epi8(x, bit6, bytes, quarter(1));
        x = _mm512_mask_permutexvar_epi8(x, bit7, bytes, quarter(2));
        return _mm512_mask_permutexvar_epi8(x, bit6 & bit7, bytes, quarter(3));
    }
};

// 256 values of each of 16 rows. A group has kParts parts of four entries, kValues values each.
template <typename Codec>
struct GridRows {
    static constexpr int kValues = Codec::kGridValues, kParts = 8 / kValues;
    __m512i index[8 * kParts];  // of a part: a row's entries in each word
    __m512i fields[8];          // of a group: four fields of seven signs, a scale of four bits
    vfloat unit;

    explicit GridRows(const uint8_t* const* rows) {
        alignas(32) uint16_t units[16];
        __m512i words[16], halves[8];
#pragma GCC unroll 16
        for (int i = 0; i < 16; ++i) {
            units[i] = load_u16(rows[i]);
            words[i] = _mm512_loadu_si512(rows[i] + 2);
        }
        transpose(words);
        if constexpr (kParts == 2) {
            for (int i = 0; i < 16; ++i) index[i] = words[i];
#pragma GCC unroll 8
            for (int i = 0; i < 8; ++i) halves[i] = join(load32(rows[i] + Codec::kFieldsAt).v, load32(rows[i + 8] + Codec::kFieldsAt).v);
            transpose_halves(halves, fields);
        } else {  // index and fields are next to each other
            static_assert(Codec::kFieldsAt == 6);
            for (int g = 0; g < 8; ++g) {
                index[g] = words[2 * g];
                fields[g] = words[2 * g + 1];
            }
        }
        unit = mul(_mm512_cvtph_ps(_mm256_load_si256(reinterpret_cast<const __m256i*>(units))), _mm512_set1_ps(Codec::kUnit));
    }

    vfloat scale(int g) const { return mul(add(to_float(_mm512_srli_epi32(fields[g], 28)), _mm512_set1_ps(0.5f)), unit); }
    __m512i signs(int g) const { return eight_signs(fields[g]); }  // a bit for each value

    // Value v of the entries, plus 128 and without signs.
    static __m512i values(const GridIndex& index, int v) { return index.lookup(Codec::kPlanes.v[v]); }
};
