// The codebooks of the IQ formats, one word per entry, first value in the low byte.
#pragma once
#include <cstdint>

namespace dlgo {

template <typename Word, unsigned kEntries>
struct Grid {
    Word v[kEntries];
};

extern const Grid<uint64_t, 256> kGridIq2Xxs;  // 8, 25 or 43
extern const Grid<uint64_t, 512> kGridIq2Xs;
extern const Grid<uint64_t, 1024> kGridIq2S;
extern const Grid<uint32_t, 256> kGridIq3Xxs;  // 2 .. 31: half the value
extern const Grid<uint32_t, 512> kGridIq3S;    // 1, 3 .. 15
extern const Grid<uint64_t, 2048> kGridIq1;    // 0, 8 or 16: eight times the value, plus 8

// The i-th values of all entries, plus 128.
template <unsigned kValues, unsigned kEntries>
struct Planes {
    uint8_t v[kValues][kEntries];
};

extern const Planes<8, 256> kPlanesIq2Xxs;
extern const Planes<4, 256> kPlanesIq3Xxs;

extern const Grid<uint8_t, 128> kEvenSigns;   // signs of 8 values from 7 bits: the eighth makes their number even
extern const Grid<uint64_t, 256> kByteMasks;  // a byte of 0xff for each bit that is set

}  // namespace dlgo
