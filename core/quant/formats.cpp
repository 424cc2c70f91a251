#include "core/quant/formats.h"

#include <array>

namespace dlgo {

static constexpr TypeTraits kTypes[] = {
#define X(NAME, name, id, block, bytes) {Type::NAME, #NAME, block, bytes},
#include "core/quant/formats.inc"
#undef X
};

static constexpr auto kIndex = [] {
    std::array<int8_t, 256> index{};
    for (auto& i : index) i = -1;
    int8_t n = 0;
    for (const TypeTraits& t : kTypes) index[static_cast<size_t>(t.type)] = n++;
    return index;
}();

const TypeTraits* find_type(uint32_t gguf_id) noexcept {
    return gguf_id < kIndex.size() && kIndex[gguf_id] >= 0 ? &kTypes[kIndex[gguf_id]] : nullptr;
}

const TypeTraits& traits(Type type) noexcept {
    return kTypes[kIndex[static_cast<size_t>(type)]];
}

}  // namespace dlgo
