// The Vulkan devices of this machine and what they can do, without opening them.
#pragma once
#include <string>
#include <vector>

#include "backends/vulkan/vk.h"

namespace dlgo::vulkan {

struct PhysicalDevice {
    VkPhysicalDevice handle = VK_NULL_HANDLE;
    VkPhysicalDeviceProperties properties{};
    VkPhysicalDeviceMemoryProperties memory{};
    uint32_t queue_family = 0;
    uint32_t subgroup_size = 0;
    uint64_t max_allocation = 0;
    uint8_t pipeline_uuid[VK_UUID_SIZE]{};
    bool memory_budget = false;   // VK_EXT_memory_budget
    bool cooperative_matrix = false;  // KHR, halves to floats in 16 x 16 x 16, subgroups of 32
    bool workgroup_matrix = false;    // NV's second extension: the same by workgroups of 128, with functions for results
    bool integer_dot = false;         // of four signed bytes, in hardware

    bool software() const noexcept { return properties.deviceType == VK_PHYSICAL_DEVICE_TYPE_CPU; }
    uint64_t memory_total() const noexcept;  // of the largest device-local heap
    uint64_t memory_free() const noexcept;   // the same, as far as the driver tells
    std::string features() const;
};

// Every device that can run dlgo: Vulkan 1.2 with buffer device addresses, timeline semaphores and 256 bytes of push constants.
// Empty where there is no loader or no driver. The instance stays open for the life of the process.
const std::vector<PhysicalDevice>& physical_devices();

}  // namespace dlgo::vulkan
