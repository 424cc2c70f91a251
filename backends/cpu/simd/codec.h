#pragma once

// What the codecs share. A codec describes one block format in the canonical form
//     value = scale * (code - kZero) - min
// with a scale (and, if kMin, a minimum) for every kGroup values. codes(block, g) gives the codes of the block's g-th 32
// values. kKind says what they are:
//     Unsigned  bytes of 0..kMax
//     Signed    int8 of -kMax..kMax (kZero is 0)
//     Sign      magnitudes of 0..kMax (kZero is 0), and signs(block, g) gives 0xff where the value is negative
// If there is a kScaleZero, scales (and minima) are whole numbers: 16 signed bytes from whole_scales(block, ..), less kScaleZero, times
// unit(block) (and min_unit(block)). If there is a kLargestScale, scales times codes fit into a byte.
// If there is a Narrow, it is a codec of the same blocks with smaller codes that give nearly the same values.
// If there is a kPlain, codes are bytes of the block as they are. If there is a nibbles(blocks, g), g even, it gives the 32 bytes that hold groups
// g and g + 1 of 256 values in nibbles: a group in the lower and one in the upper ones, or, if kGroupNibbles, 16 bytes of each group. If there are
// kLevels, codes are those that the nibbles choose.
// If there are kPlanes, magnitudes are entries of kGridValues values in a grid of 256, and kPlanes.v[i] the i-th values of all, plus 128. A block has
// its unit / kUnit as a half, then for each group a byte for each entry, and from kFieldsAt on a word for each group: signs, four times seven bits, the
// number of which an eighth makes even, and a scale s of four bits, which means (s + 0.5) units. Words follow a group's bytes or all groups' bytes.
// If there is a lanes(blocks, i), it gives the codes of 256 values' groups i and i + 4.
// scales(block, ..) gives a block's scales, scales256(block, ..), in formats of smaller
// blocks, those of 256 values.

enum class Codes { Unsigned, Signed, Sign };

// Values and bytes per block, from the table of formats.
template <Type kFormat>
struct Layout;
#define X(NAME, name, id, block, bytes)           \
    template <>                                   \
    struct Layout<Type::NAME> {                   \
        static constexpr int kBlock = block;      \
        static constexpr int kBytes = bytes;      \
    };
#include "core/quant/formats.inc"
#undef X

static inline uint16_t load_u16(const uint8_t* p) {
    uint16_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline uint32_t load_u32(const uint8_t* p) {
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline uint64_t load_u64(const uint8_t* p) {
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline float bits_to_float(uint32_t bits) {
    float v;
    memcpy(&v, &bits, sizeof v);
    return v;
}

static inline float load_f16(const uint8_t* p) { return half_to_float(load_u16(p)); }

// The codes of two groups: the first 16 of each and the other 16.
struct Lanes {
    u8x32 first, second;
};

// Of groups that have their first 16 codes in the lower nibbles of 16 bytes, at p and at p + apart.
static inline Lanes nibble_lanes(const uint8_t* p, int apart) {
    const u8x32 both = load16(p, p + apart);
    return {field(both, 0, 4), field(both, 4, 4)};
}

static inline Lanes lookup16(const int8_t* table, Lanes index) { return {lookup16(table, index.first), lookup16(table, index.second)}; }

template <bool kFirst, typename A, typename B>
struct Choice {
    using T = A;
};
template <typename A, typename B>
struct Choice<false, A, B> {
    using T = B;
};

// Codec::Narrow, or the codec itself.
template <typename Codec>
struct NarrowOf {
    using T = Codec;
};
template <typename Codec>
    requires requires { typename Codec::Narrow; }
struct NarrowOf<Codec> {
    using T = typename Codec::Narrow;
};

// Signed codes of any codec but an Unsigned one.
template <typename Codec>
static inline u8x32 signed_codes(const uint8_t* b, int g) {
    if constexpr (Codec::kKind == Codes::Sign) {
        return negate_if(Codec::codes(b, g), Codec::signs(b, g));
    } else {
        return Codec::codes(b, g);
    }
}
