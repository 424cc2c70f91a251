// Forms of activations: blocks of 256 values, the last one of a row filled up with zeros.
#pragma once

struct Q8Block {
    int8_t codes[256];
    float scale[8];     // of 32 values: the largest magnitude / 127
    int32_t sum32[8];   // of the codes of 32 values
    int32_t sum16[16];  // of 16 values
    int16_t short16[16];  // the same in 16 bits
    float sum[8];         // of 32 values: sum32 * scale
    int8_t lanes[256];    // the codes once more: the first 16 of groups 0 and 4, their other 16, those of groups 1 and 5, and so on
};

struct PairBlock {
    alignas(64) int16_t codes[256];
    int32_t products;  // the sum of the products of pairs, modulo 2^32
    float scale;
};

// Of four rows: sums of 64 values of their PairBlocks, for 7 x 7 products.
struct FoursBlock {
    alignas(64) int16_t codes[7][7][64];
    uint32_t start[4][4];  // what each row's results begin with, modulo 2^32
    float scale[4];
};
static_assert(sizeof(FoursBlock) % 4 == 0);

// linear_byte_pairs.h's: scale * code, plus, if they are shifted, a number for every 32 values. Of a group of 16 or 32 values, whose products are
// summed in 16 bits, the first half is x and the second y.
struct BytePairBlock {
    alignas(64) int8_t codes[256];
    float scale[8];     // of 32 values
    int32_t start[16];  // of a group: minus the sums of (y + kOffset) x. Two of 16 bits, for the first and for the last two of every four x
    int16_t sums[16];   // of the values of groups or, if they are shifted, the numbers, in units of sum_unit
    float sum_unit;
};

// linear_bounded.h's.
struct BoundedBlock {
    alignas(64) int8_t codes[256];
    float scale[8];                     // of 32 values
    alignas(32) int16_t code_sums[32];  // of 32 or 16 codes: of the first and of the last two of every four
    int16_t sums[16];                   // of the values of groups, in units of sum_unit
    float sum_unit;
};

// So many bytes in an odd number of cache lines: rows one above the other are in different sets.
static inline size_t odd_lines(size_t bytes) { return ((bytes + 63) / 64 | 1) * 64; }

// From one row of n floats to the next.
static inline size_t float_stride(size_t n) { return odd_lines(n * sizeof(float)) / sizeof(float); }

static inline size_t act_blocks(size_t n) { return (n + 255) / 256; }

// A row of Q8Blocks whose last one is not full has one more, of the last 256 values; what the others have of those is zero there.
static inline bool has_tail(size_t n) { return n > 256 && n % 256 != 0; }
static inline size_t q8_blocks(size_t n) { return act_blocks(n) + has_tail(n); }
