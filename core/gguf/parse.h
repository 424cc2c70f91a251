// The parts of one GGUF file, before shards are joined.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "core/gguf/gguf.h"

namespace dlgo {

struct GgufShard {
    std::vector<std::pair<std::string_view, GgufValue>> metadata;
    std::vector<GgufTensor> tensors;
};

// data: size bytes that outlive the result. check_data: tensor data must be inside the file; else it may be missing and
// the tensors' data is nullptr.
GgufShard parse_gguf(const uint8_t* data, uint64_t size, const std::string& file, uint32_t shard, bool check_data);

const char* kind_name(GgufKind kind) noexcept;

}  // namespace dlgo
