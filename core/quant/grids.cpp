#include "core/quant/grids.h"

namespace dlgo {

namespace {

#define GRID(name, entries, values, bits, ...) constexpr uint16_t k_##name[entries] = {__VA_ARGS__};
#include "core/quant/grids.inc"
#undef GRID

template <typename Word, unsigned kValues, unsigned kBits, unsigned kEntries>
constexpr Grid<Word, kEntries> unpack(const uint16_t (&packed)[kEntries], const int (&levels)[1u << kBits]) {
    Grid<Word, kEntries> grid{};
    for (unsigned i = 0; i < kEntries; ++i) {
        for (unsigned j = 0; j < kValues; ++j) {
            const unsigned level = packed[i] >> (kBits * j) & ((1u << kBits) - 1);
            grid.v[i] |= static_cast<Word>(static_cast<uint8_t>(levels[level])) << (8 * j);
        }
    }
    return grid;
}

template <typename Word, unsigned kEntries>
constexpr Planes<sizeof(Word), kEntries> planes(const Grid<Word, kEntries>& grid) {
    Planes<sizeof(Word), kEntries> planes{};
    for (unsigned i = 0; i < sizeof(Word); ++i) {
        for (unsigned j = 0; j < kEntries; ++j) planes.v[i][j] = static_cast<uint8_t>((grid.v[j] >> (8 * i)) + 128);
    }
    return planes;
}

constexpr Grid<uint8_t, 128> even_signs() {
    Grid<uint8_t, 128> signs{};
    for (unsigned i = 0; i < 128; ++i) {
        unsigned parity = i;
        for (int shift = 4; shift > 0; shift /= 2) parity ^= parity >> shift;
        signs.v[i] = static_cast<uint8_t>(i | (parity & 1) << 7);
    }
    return signs;
}

constexpr Grid<uint64_t, 256> byte_masks() {
    Grid<uint64_t, 256> masks{};
    for (unsigned i = 0; i < 256; ++i) {
        for (unsigned bit = 0; bit < 8; ++bit) masks.v[i] |= (i >> bit & 1) * (0xffull << (8 * bit));
    }
    return masks;
}

}  // namespace

constinit const Grid<uint64_t, 256> kGridIq2Xxs = unpack<uint64_t, 8, 2>(k_iq2_xxs, {8, 25, 43});
constinit const Grid<uint64_t, 512> kGridIq2Xs = unpack<uint64_t, 8, 2>(k_iq2_xs, {8, 25, 43});
constinit const Grid<uint64_t, 1024> kGridIq2S = unpack<uint64_t, 8, 2>(k_iq2_s, {8, 25, 43});
constinit const Grid<uint32_t, 256> kGridIq3Xxs = unpack<uint32_t, 4, 3>(k_iq3_xxs, {2, 6, 10, 14, 18, 22, 26, 31});
constinit const Grid<uint32_t, 512> kGridIq3S = unpack<uint32_t, 4, 3>(k_iq3_s, {1, 3, 5, 7, 9, 11, 13, 15});
constinit const Grid<uint64_t, 2048> kGridIq1 = unpack<uint64_t, 8, 2>(k_iq1, {0, 8, 16});
constinit const Planes<8, 256> kPlanesIq2Xxs = planes(kGridIq2Xxs);
constinit const Planes<4, 256> kPlanesIq3Xxs = planes(kGridIq3Xxs);
constinit const Grid<uint8_t, 128> kEvenSigns = even_signs();
constinit const Grid<uint64_t, 256> kByteMasks = byte_masks();

}  // namespace dlgo
