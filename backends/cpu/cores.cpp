#include "backends/cpu/cores.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#if defined(__linux__)
#include <sched.h>
#endif

namespace dlgo::cpu {

namespace {

std::string first_line(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

#if defined(__linux__)

// Hardware threads of one core have the same list of siblings.
uint32_t physical_cores() {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 0;
    std::set<std::string> cores;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (!CPU_ISSET(cpu, &allowed)) continue;
        const std::string id = std::to_string(cpu);
        const std::string siblings = first_line("/sys/devices/system/cpu/cpu" + id + "/topology/thread_siblings_list");
        cores.insert(siblings.empty() ? id : siblings);
    }
    return static_cast<uint32_t>(cores.size());
}

// The folders of this process's cgroup (v2) and of those around it.
std::vector<std::string> cgroups() {
    std::vector<std::string> folders;
    std::ifstream groups("/proc/self/cgroup");
    for (std::string line; std::getline(groups, line);) {
        if (line.rfind("0::", 0) != 0) continue;
        for (std::string path = line.substr(3);; path.resize(path.rfind('/'))) {
            folders.push_back("/sys/fs/cgroup" + path);
            if (path.rfind('/') == std::string::npos) break;
        }
    }
    return folders;
}

// Processors that the cgroup's quota (v2, each level up to the root; or v1) comes to, 0 = no limit.
uint32_t cgroup_quota() {
    double limit = 0;
    const auto apply = [&](double quota, double period) {
        if (quota > 0 && period > 0) limit = limit > 0 ? std::min(limit, quota / period) : quota / period;
    };
    for (const std::string& folder : cgroups()) {
        double quota = 0, period = 0;
        const std::string text = first_line(folder + "/cpu.max");
        if (std::sscanf(text.c_str(), "%lf %lf", &quota, &period) == 2) apply(quota, period);
    }
    const std::string quota = first_line("/sys/fs/cgroup/cpu/cpu.cfs_quota_us");
    const std::string period = first_line("/sys/fs/cgroup/cpu/cpu.cfs_period_us");
    if (!quota.empty() && !period.empty()) apply(std::atof(quota.c_str()), std::atof(period.c_str()));
    return static_cast<uint32_t>(limit + 0.5);
}

#endif

}  // namespace

uint32_t default_threads() noexcept {
    uint32_t n = std::thread::hardware_concurrency();
#if defined(__linux__)
    try {
        if (const uint32_t cores = physical_cores()) n = cores;
        if (const uint32_t quota = cgroup_quota()) n = std::min(n, quota);
    } catch (const std::exception&) {
        // no memory for a file name: what the standard library says will do
    }
#endif
    return std::clamp(n, 1u, 512u);
}

uint64_t cgroup_memory_left() noexcept {
    uint64_t left = UINT64_MAX;
#if defined(__linux__)
    try {
        const auto apply = [&](const std::string& folder, const char* limit_name, const char* used_name, const char* cache_name) {
            const auto number = [&](const char* name) { return std::strtoull(first_line(folder + name).c_str(), nullptr, 10); };
            const uint64_t limit = number(limit_name), used = number(used_name);
            if (limit == 0) return;  // there is no such file, or it says "max"
            uint64_t cache = 0, value = 0;
            std::ifstream stat(folder + "/memory.stat");
            for (std::string key; stat >> key >> value;) {
                if (key == cache_name) cache = value;
            }
            left = std::min(left, limit - std::min(limit, used - std::min(used, cache)));
        };
        for (const std::string& folder : cgroups()) apply(folder, "/memory.max", "/memory.current", "file");
        apply("/sys/fs/cgroup/memory", "/memory.limit_in_bytes", "/memory.usage_in_bytes", "total_cache");
    } catch (const std::exception&) {
    }
#endif
    return left;
}

uint64_t last_cache_bytes() noexcept {
    uint64_t bytes = 0;
#if defined(__linux__)
    try {  // caches are listed from the first to the last: "512K"
        for (int i = 0; i < 8; ++i) {
            const std::string size = first_line("/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(i) + "/size");
            bytes = std::max<uint64_t>(bytes, std::strtoull(size.c_str(), nullptr, 10) << (size.ends_with('M') ? 20 : 10));
        }
    } catch (const std::exception&) {
    }
#endif
    return bytes > 0 ? bytes : uint64_t{32} << 20;
}

}  // namespace dlgo::cpu
