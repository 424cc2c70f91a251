#include "models/llm/hparams.h"

#include "core/base/error.h"

namespace dlgo {

Hparams::Hparams(const Gguf& gguf) : gguf_(gguf), arch_(gguf.get_string("general.architecture")) {}

uint32_t Hparams::check(const char* key, uint64_t value, uint32_t min, uint32_t max) const {
    if (value < min || value > max) {
        fail(DLGO_ERROR_FORMAT, "%s: %s = %llu, expected %u..%u", gguf_.path().c_str(), full(key).c_str(),
             static_cast<unsigned long long>(value), min, max);
    }
    return static_cast<uint32_t>(value);
}

uint32_t Hparams::u32(const char* key, uint32_t min, uint32_t max) const {
    return check(key, gguf_.get_uint(full(key)), min, max);
}

uint32_t Hparams::u32_or(const char* key, uint32_t fallback, uint32_t min, uint32_t max) const {
    return has(key) ? u32(key, min, max) : fallback;
}

float Hparams::f32(const char* key) const { return static_cast<float>(gguf_.get_float(full(key))); }

float Hparams::f32_or(const char* key, float fallback) const { return has(key) ? f32(key) : fallback; }

std::vector<uint32_t> Hparams::per_layer(const char* key, uint32_t n_layer, uint32_t min, uint32_t max) const {
    std::vector<uint32_t> out;
    for (uint64_t v : gguf_.get_uints(full(key), n_layer)) out.push_back(check(key, v, min, max));
    return out;
}

}  // namespace dlgo
