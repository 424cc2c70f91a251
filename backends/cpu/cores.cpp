#include "backends/cpu/cores.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <set>
#include <string>
#include <thread>

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

// Processors that the cgroup's quota (v2, each level up to the root; or v1) comes to, 0 = no limit.
uint32_t cgroup_quota() {
    double limit = 0;
    const auto apply = [&](double quota, double period) {
        if (quota > 0 && period > 0) limit = limit > 0 ? std::min(limit, quota / period) : quota / period;
    };
    std::ifstream groups("/proc/self/cgroup");
    for (std::string line; std::getline(groups, line);) {
        if (line.rfind("0::", 0) != 0) continue;
        for (std::string path = line.substr(3);; path.resize(path.rfind('/'))) {
            double quota = 0, period = 0;
            const std::string text = first_line("/sys/fs/cgroup" + path + "/cpu.max");
            if (std::sscanf(text.c_str(), "%lf %lf", &quota, &period) == 2) apply(quota, period);
            if (path.rfind('/') == std::string::npos) break;
        }
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
