// The table of tensor types: names, GGUF ids and block sizes, generated from formats.inc.
#pragma once
#include <cstddef>
#include <cstdint>

namespace dlgo {

enum class Type : uint8_t {
#define X(NAME, name, id, block, bytes) NAME = id,
#include "core/quant/formats.inc"
#undef X
};

struct TypeTraits {
    Type type;
    const char* name;     // as in GGUF tools: "Q4_K"
    uint32_t block;       // values per block
    uint32_t block_bytes;
};

// nullptr for an id that is not a tensor type of dlgo.
const TypeTraits* find_type(uint32_t gguf_id) noexcept;

// type must be one of the enumeration.
const TypeTraits& traits(Type type) noexcept;

// Bytes of n values (a multiple of the block).
inline uint64_t type_bytes(Type type, uint64_t n) noexcept {
    const TypeTraits& t = traits(type);
    return n / t.block * t.block_bytes;
}

// Converts n values (a multiple of the block) to float: the executable specification of each format.
void dequantize(Type type, const void* blocks, float* out, size_t n) noexcept;

}  // namespace dlgo
