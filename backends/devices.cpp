#include "backends/devices.h"

#include "backends/cpu/cpu_backend.h"
#include "core/base/error.h"
#ifdef DLGO_HAVE_VULKAN
#include "backends/vulkan/vulkan_backend.h"
#endif

namespace dlgo {

namespace {

using Gpus = std::vector<std::shared_ptr<Backend>>;

// Never destroyed: a driver may be gone by the time static destructors run.
const Gpus& gpus() {
    static const Gpus* const all = [] {
        auto* list = new Gpus;
#ifdef DLGO_HAVE_VULKAN
        for (auto& backend : make_vulkan_backends()) list->push_back(std::move(backend));
#endif
        return list;
    }();
    return *all;
}

// Lower is better; devices of the last rank are only taken when asked for.
int rank(const Backend& backend) {
    switch (backend.info().type) {
        case DLGO_DEVICE_GPU_DISCRETE: return 0;
        case DLGO_DEVICE_GPU_INTEGRATED: return 1;
        case DLGO_DEVICE_GPU_VIRTUAL: return 2;
        default: return 3;
    }
}

std::shared_ptr<Backend> best(int worst_rank) {
    std::shared_ptr<Backend> found;
    for (const auto& gpu : gpus()) {
        if (rank(*gpu) <= worst_rank && (!found || rank(*gpu) < rank(*found))) found = gpu;
    }
    return found;
}

}  // namespace

std::unique_ptr<Backend> open_cpu(int threads, const std::string& isa, bool may_copy) {
    return make_cpu_backend(threads, isa.empty() ? nullptr : isa.c_str(), may_copy);
}

std::shared_ptr<Backend> find_gpu(const std::string& device) {
    if (device == "cpu") return nullptr;
    if (device.empty() || device == "auto") return best(2);
    if (device != "vulkan" && !device.starts_with("vulkan:")) {
        fail(DLGO_ERROR_INVALID_ARGUMENT, "device '%s' is none of auto, cpu, vulkan, vulkan:N", device.c_str());
    }
    if (device == "vulkan") {
        if (auto gpu = best(3)) return gpu;
    }
    for (const auto& gpu : gpus()) {
        if (device == gpu->info().name) return gpu;
    }
    fail(DLGO_ERROR_DEVICE, "there is no device '%s': %zu Vulkan devices were found", device.c_str(), gpus().size());
}

std::vector<dlgo_device_info> device_infos() {
    std::vector<dlgo_device_info> out{open_cpu(1, "")->info()};
    for (const auto& gpu : gpus()) {
        out.push_back(gpu->info());
        out.back().memory_free = gpu->memory_free();
    }
    return out;
}

}  // namespace dlgo
