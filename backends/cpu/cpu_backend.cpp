#include "backends/cpu/cpu_backend.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <mutex>
#include <numeric>
#include <set>
#include <string>

#include "backends/cpu/cores.h"
#include "backends/cpu/session.h"
#include "backends/cpu/weight_copy.h"
#include "core/base/error.h"
#include "core/plan/step_io.h"

namespace dlgo {

namespace cpu {

namespace {

Isa find_isa(const char* name) {
    if (!name || !*name) return select_isa();
    for (const Isa isa : kAllIsas) {
        if (std::strcmp(name, isa_name(isa)) != 0) continue;
        if (!isa_present(isa)) fail(DLGO_ERROR_UNSUPPORTED, "this machine cannot run the %s kernels", name);
        return isa;
    }
    fail(DLGO_ERROR_INVALID_ARGUMENT, "isa '%s' is none of scalar, avx2, avxvnni, avx512vnni, amx", name);
}

// Value of the first line "key : value" or "key: value" of a file in /proc.
std::string proc_value(const char* path, const char* key) {
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
        const size_t colon = line.find(':');
        if (colon == std::string::npos || line.compare(0, std::strlen(key), key) != 0) continue;
        const size_t begin = line.find_first_not_of(" \t", colon + 1);
        return begin == std::string::npos ? "" : line.substr(begin);
    }
    return "";
}

dlgo_device_info describe(Isa isa) {
    dlgo_device_info info{};
    info.struct_size = sizeof info;
    info.type = DLGO_DEVICE_CPU;
    std::snprintf(info.name, sizeof info.name, "cpu");
    const std::string product = proc_value("/proc/cpuinfo", "model name");
    std::snprintf(info.description, sizeof info.description, "%s", product.empty() ? "CPU" : product.c_str());
    std::snprintf(info.features, sizeof info.features, "%s", isa_name(isa));
    info.memory_total = static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
    info.memory_free = std::min<uint64_t>(std::strtoull(proc_value("/proc/meminfo", "MemAvailable").c_str(), nullptr, 10) * 1024, cgroup_memory_left());
    return info;
}

// The matrices that the steps use; `tables` too, of which a step reads a few rows only.
std::vector<MatrixId> used_matrices(const Plan& plan, std::span<const uint32_t> placed, bool tables) {
    std::set<MatrixId> used;
    for (const uint32_t i : placed) {
        if (!tables && std::holds_alternative<Embed>(plan.steps[i].op)) continue;
        for (const MatrixId id : step_matrices(plan.steps[i])) used.insert(id);
    }
    return {used.begin(), used.end()};
}

uint64_t bytes_of(std::span<const MatrixId> ids, const Weights& weights) {
    return std::accumulate(ids.begin(), ids.end(), uint64_t{0}, [&](uint64_t sum, MatrixId id) { return sum + weights.matrices[id].bytes(); });
}

class CpuModel : public DeviceModel {
public:
    CpuModel(Model model, std::vector<uint32_t> placed, MemoryUse memory) : model_(std::move(model)), placed_(std::move(placed)), memory_(memory) {}
    MemoryUse memory() const noexcept override { return memory_; }
    std::unique_ptr<DeviceSession> create_session(const SessionSpec& spec) override {
        return std::make_unique<Session>(model_, placed_, spec);
    }

private:
    Model model_;
    std::vector<uint32_t> placed_;
    MemoryUse memory_;
};

class CpuBackend : public Backend {
public:
    CpuBackend(uint32_t threads, Isa isa, bool may_copy) : threads_(threads), isa_(isa), may_copy_(may_copy), info_(describe(isa)) {}

    const dlgo_device_info& info() const noexcept override { return info_; }
    int32_t threads() const noexcept override { return static_cast<int32_t>(threads_); }
    bool supports(const Step&, const Weights&) const noexcept override { return true; }

    std::shared_ptr<DeviceModel> load(std::shared_ptr<const Plan> plan, std::shared_ptr<const Weights> weights,
                                      std::vector<uint32_t> placed) override {
        MemoryUse use;
        use.weights = bytes_of(used_matrices(*plan, placed, true), *weights);
        const std::vector<MatrixId> ids = to_keep(*plan, *weights, placed);
        if (!copies()) {
            populate_weights(*weights, ids, *pool());
        } else if (!ids.empty()) {
            try {
                weights = copy_weights(weights, ids, *pool());
                use.repacked = bytes_of(ids, *weights);
            } catch (const Error&) {
                // no room after all: they are used where they are
            }
        }
        return std::make_shared<CpuModel>(
            Model{std::move(plan), std::move(weights), pool(), &kernels(isa_), &op_kernels(isa_), streams(use.weights)}, std::move(placed), use);
    }

    MemoryUse estimate(const Plan& plan, const Weights& weights, std::span<const uint32_t> placed,
                       const SessionSpec& spec) const override {
        MemoryUse use = Session::estimate(plan, placed, spec);
        use.weights = bytes_of(used_matrices(plan, placed, true), weights);
        use.repacked = copies() ? bytes_of(to_keep(plan, weights, placed), weights) : 0;
        return use;
    }

private:
    static bool streams(uint64_t weights) noexcept { return reads_past_caches() && weights > last_cache_bytes(); }

    // Whether weights are faster in larger pages. Many threads wait for the memory, wherever it is.
    bool copies() const noexcept {
        constexpr uint32_t kFewThreads = 8;
        return threads_ <= kFewThreads;
    }

    // What is in memory after load(): matrices that are read from end to end, or nothing where that is not worth it or takes too much memory.
    std::vector<MatrixId> to_keep(const Plan& plan, const Weights& weights, std::span<const uint32_t> placed) const {
        constexpr uint64_t kFrom = 32 << 20;   // pages of 4 KB of more than this no processor remembers
        constexpr uint64_t kPartOfMemory = 8;  // of what is free, weights may take this fraction
        std::vector<MatrixId> ids = used_matrices(plan, placed, false);
        if (!may_copy_ || bytes_of(ids, weights) <= kFrom) return {};
        std::erase_if(ids, [&](MatrixId id) {
            const Matrix& m = weights.matrices[id];
            const bool derived = std::any_of(weights.owned.begin(), weights.owned.end(), [&](const auto& bytes) { return bytes.data() == m.data; });
            return derived || m.stride * m.count != m.bytes();
        });
        if (bytes_of(ids, weights) > info_.memory_free / kPartOfMemory) ids.clear();
        return ids;
    }

    // Threads start with the first model.
    std::shared_ptr<ThreadPool> pool() {
        std::lock_guard lock(mutex_);
        if (!pool_) pool_ = std::make_shared<ThreadPool>(threads_);
        return pool_;
    }

    uint32_t threads_;
    Isa isa_;
    bool may_copy_;
    dlgo_device_info info_;
    std::mutex mutex_;
    std::shared_ptr<ThreadPool> pool_;
};

}  // namespace

}  // namespace cpu

std::unique_ptr<Backend> make_cpu_backend(int threads, const char* isa, bool may_copy) {
    if (threads < 0 || threads > 512) fail(DLGO_ERROR_INVALID_ARGUMENT, "threads is %d, not 0 (automatic) or 1 to 512", threads);
    const uint32_t n = threads > 0 ? static_cast<uint32_t>(threads) : cpu::default_threads();
    return std::make_unique<cpu::CpuBackend>(n, cpu::find_isa(isa), may_copy);
}

}  // namespace dlgo
