#include "backends/vulkan/vulkan_backend.h"

#include <cstdio>
#include <mutex>

#include "backends/vulkan/ops/ops.h"
#include "backends/vulkan/session.h"

namespace dlgo {

namespace vulkan {

namespace {

int32_t device_type(const PhysicalDevice& device) {
    switch (device.properties.deviceType) {
        case VK_PHYSICAL_DEVICE_TYPE_DISCRETE_GPU: return DLGO_DEVICE_GPU_DISCRETE;
        case VK_PHYSICAL_DEVICE_TYPE_INTEGRATED_GPU: return DLGO_DEVICE_GPU_INTEGRATED;
        case VK_PHYSICAL_DEVICE_TYPE_VIRTUAL_GPU: return DLGO_DEVICE_GPU_VIRTUAL;
        default: return DLGO_DEVICE_SOFTWARE;
    }
}

dlgo_device_info describe(const PhysicalDevice& device, size_t index) {
    dlgo_device_info info{};
    info.struct_size = sizeof info;
    info.type = device_type(device);
    std::snprintf(info.name, sizeof info.name, "vulkan:%zu", index);
    std::snprintf(info.description, sizeof info.description, "%s", device.properties.deviceName);
    std::snprintf(info.features, sizeof info.features, "%s", device.features().c_str());
    info.memory_total = device.memory_total();
    info.memory_free = device.memory_free();
    return info;
}

class VulkanModel : public DeviceModel {
public:
    VulkanModel(Model model, std::vector<uint32_t> placed) : model_(std::make_shared<const Model>(std::move(model))), placed_(std::move(placed)) {}

    MemoryUse memory() const noexcept override {
        MemoryUse use;
        use.weights = model_->store->bytes();
        return use;
    }
    std::unique_ptr<DeviceSession> create_session(const SessionSpec& spec) override {
        return std::make_unique<Session>(model_, placed_, spec);
    }

private:
    std::shared_ptr<const Model> model_;
    std::vector<uint32_t> placed_;
};

class VulkanBackend : public Backend {
public:
    VulkanBackend(const PhysicalDevice& physical, size_t index) : physical_(physical), info_(describe(physical, index)) {}

    const dlgo_device_info& info() const noexcept override { return info_; }
    uint64_t memory_free() const noexcept override { return physical_.memory_free(); }

    bool supports(const Step& step, const Weights& weights) const noexcept override {
        return std::visit([&](const auto& op) { return supported(op, weights); }, step.op);
    }

    std::shared_ptr<DeviceModel> load(std::shared_ptr<const Plan> plan, std::shared_ptr<const Weights> weights,
                                      std::vector<uint32_t> placed) override {
        Model model;
        model.device = device();
        model.store = std::make_unique<WeightStore>(model.device, *plan, *weights, placed);
        model.plan = std::move(plan);
        model.weights = std::move(weights);
        return std::make_shared<VulkanModel>(std::move(model), std::move(placed));
    }

    MemoryUse estimate(const Plan& plan, const Weights& weights, std::span<const uint32_t> placed, const SessionSpec& spec) const override {
        MemoryUse use = SessionMemory::estimate(plan, weights, placed, spec);
        use.weights = WeightStore::bytes(plan, weights, placed);
        return use;
    }

private:
    // Open as long as somebody uses it; a lost device is opened anew by the next model.
    std::shared_ptr<Device> device() {
        std::lock_guard lock(mutex_);
        std::shared_ptr<Device> open = device_.lock();
        if (!open) device_ = open = std::make_shared<Device>(physical_);
        return open;
    }

    PhysicalDevice physical_;
    dlgo_device_info info_;
    std::mutex mutex_;
    std::weak_ptr<Device> device_;
};

}  // namespace

}  // namespace vulkan

std::vector<std::shared_ptr<Backend>> make_vulkan_backends() {
    std::vector<std::shared_ptr<Backend>> out;
    for (const vulkan::PhysicalDevice& device : vulkan::physical_devices()) {
        out.push_back(std::make_shared<vulkan::VulkanBackend>(device, out.size()));
    }
    return out;
}

}  // namespace dlgo
