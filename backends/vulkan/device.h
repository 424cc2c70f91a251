// An open device: queue, memory types, pipelines.
#pragma once
#include <memory>
#include <mutex>

#include "backends/vulkan/physical.h"

namespace dlgo::vulkan {

class Pipelines;

// Thread-safe. Everything that belongs to a device keeps it alive.
class Device {
public:
    // DEVICE when the driver refuses.
    explicit Device(const PhysicalDevice& physical);
    ~Device();
    Device(const Device&) = delete;
    Device& operator=(const Device&) = delete;

    const PhysicalDevice& physical() const noexcept { return physical_; }
    VkDevice handle() const noexcept { return handle_; }
    const VolkDeviceTable& vk() const noexcept { return vk_; }
    Pipelines& pipelines() noexcept { return *pipelines_; }
    uint64_t max_allocation() const noexcept { return max_allocation_; }

    // Queues are not thread-safe, this is.
    VkResult submit(const VkSubmitInfo& info, VkFence fence) noexcept;

    // Index of a memory type with all `needed` and, if there is one, also all `wanted` flags. OUT_OF_MEMORY when there is none.
    uint32_t memory_type(uint32_t bits, VkMemoryPropertyFlags needed, VkMemoryPropertyFlags wanted) const;

private:
    PhysicalDevice physical_;
    VkDevice handle_ = VK_NULL_HANDLE;
    VolkDeviceTable vk_{};
    VkQueue queue_ = VK_NULL_HANDLE;
    std::mutex queue_mutex_;
    uint64_t max_allocation_;
    std::unique_ptr<Pipelines> pipelines_;
};

}  // namespace dlgo::vulkan
