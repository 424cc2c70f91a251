// What the machine has.
#pragma once
#include <cstdint>

namespace dlgo::cpu {

// Physical cores that this process may use, within its affinity mask and its cgroup's quota; at least 1.
uint32_t default_threads() noexcept;

// What the cgroup's limit leaves, its file cache counted as free; UINT64_MAX where nothing limits it.
uint64_t cgroup_memory_left() noexcept;

// What the last cache of a core holds; 32 MB if nobody knows.
uint64_t last_cache_bytes() noexcept;

}  // namespace dlgo::cpu
