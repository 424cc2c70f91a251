// Metadata of one architecture: keys are looked up as "<arch>.<key>", with sane ranges, so that no later arithmetic can overflow.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/gguf/gguf.h"

namespace dlgo {

class Hparams {
public:
    explicit Hparams(const Gguf& gguf);

    const Gguf& file() const noexcept { return gguf_; }
    const std::string& arch() const noexcept { return arch_; }
    bool has(const char* key) const { return gguf_.has(full(key)); }

    // max is inclusive. FORMAT names the key and the range.
    uint32_t u32(const char* key, uint32_t min, uint32_t max) const;
    uint32_t u32_or(const char* key, uint32_t fallback, uint32_t min, uint32_t max) const;
    float f32(const char* key) const;
    float f32_or(const char* key, float fallback) const;
    bool flag_or(const char* key, bool fallback) const { return gguf_.get_bool(full(key), fallback); }
    std::string str_or(const char* key, const char* fallback) const { return std::string(gguf_.get_string(full(key), fallback)); }
    // One value per layer; a scalar stands for all.
    std::vector<uint32_t> per_layer(const char* key, uint32_t n_layer, uint32_t min, uint32_t max) const;
    std::vector<bool> flags(const char* key, uint32_t n_layer) const { return gguf_.get_bools(full(key), n_layer); }

private:
    std::string full(const char* key) const { return arch_ + "." + key; }
    uint32_t check(const char* key, uint64_t value, uint32_t min, uint32_t max) const;

    const Gguf& gguf_;
    std::string arch_;
};

// The largest values that any real model comes near to.
inline constexpr uint32_t kMaxLayers = 1024, kMaxHeads = 4096, kMaxHeadDim = 8192, kMaxWidth = 1u << 22, kMaxExperts = 1u << 14,
                          kMaxContext = 1u << 30;

}  // namespace dlgo
