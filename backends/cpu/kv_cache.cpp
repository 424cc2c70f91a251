#include "backends/cpu/kv_cache.h"

#include <cstring>

namespace dlgo::cpu {

static size_t value_bytes(const SessionSpec& spec) noexcept { return spec.cache_type == CacheType::F16 ? 2 : 4; }

KvCache::KvCache(const StateSpec& s, const SessionSpec& spec)
    : n_head_(s.n_head),
      k_dim_(s.k_dim),
      v_dim_(s.v_dim),
      k_stride_(pad_head(s.k_dim)),
      v_stride_(s.v_dim ? pad_head(s.v_dim) : k_stride_),
      capacity_(std::max(kv_capacity(s, spec), 1u)),
      value_bytes_(value_bytes(spec)),
      k_(uint64_t{n_head_} * capacity_ * k_stride_ * value_bytes_, "the key cache"),
      v_(s.v_dim ? uint64_t{n_head_} * capacity_ * v_stride_ * value_bytes_ : 0, "the value cache") {}

uint64_t KvCache::bytes(const StateSpec& s, const SessionSpec& spec) noexcept {
    return uint64_t{s.n_head} * kv_capacity(s, spec) * (pad_head(s.k_dim) + pad_head(s.v_dim)) * value_bytes(spec);
}

// move(entry, offset in the flat layout, bytes)
template <typename Move>
void KvCache::each_entry(uint32_t begin, uint32_t end, const Move& move) const noexcept {
    const size_t k_bytes = k_dim_ * value_bytes_, v_bytes = v_dim_ * value_bytes_, values = (end - begin) * n_head_ * k_bytes;
    for (uint32_t p = begin; p < end; ++p) {
        for (uint32_t h = 0; h < n_head_; ++h) {
            const size_t entry = size_t{p - begin} * n_head_ + h;
            move(k(h, p), entry * k_bytes, k_bytes);
            if (v_dim_ > 0) move(v(h, p), values + entry * v_bytes, v_bytes);
        }
    }
}

void KvCache::read(uint32_t begin, uint32_t end, std::byte* out) const noexcept {
    each_entry(begin, end, [&](const std::byte* entry, size_t at, size_t n) { std::memcpy(out + at, entry, n); });
}

void KvCache::write(uint32_t begin, uint32_t end, const std::byte* in) noexcept {
    each_entry(begin, end, [&](std::byte* entry, size_t at, size_t n) { std::memcpy(entry, in + at, n); });
}

}  // namespace dlgo::cpu
