#include "backends/vulkan/device.h"

#include <algorithm>
#include <vector>

#include "backends/vulkan/pipelines.h"
#include "core/base/env.h"
#include "core/base/error.h"

namespace dlgo::vulkan {

Device::Device(const PhysicalDevice& physical) : physical_(physical), max_allocation_(physical.max_allocation) {
    // A smaller limit than the driver's, for tests of matrices in pieces.
    if (const auto limit = env_size("DLGO_VULKAN_MAX_ALLOCATION")) max_allocation_ = std::min(max_allocation_, std::max<uint64_t>(*limit, 4096));

    const float priority = 1;
    VkDeviceQueueCreateInfo queue{VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO};
    queue.queueFamilyIndex = physical.queue_family;
    queue.queueCount = 1;
    queue.pQueuePriorities = &priority;

    VkPhysicalDeviceVulkan12Features v12{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES};
    v12.bufferDeviceAddress = v12.timelineSemaphore = VK_TRUE;
    VkPhysicalDeviceVulkan13Features v13{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_FEATURES};
    VkPhysicalDeviceCooperativeMatrixFeaturesKHR matrix{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_FEATURES_KHR};
    VkPhysicalDeviceCooperativeMatrix2FeaturesNV matrix2{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_2_FEATURES_NV};
    std::vector<const char*> extensions;
    if (physical.properties.apiVersion >= VK_API_VERSION_1_3) {
        v12.pNext = &v13;
        v13.shaderIntegerDotProduct = physical.integer_dot;
        v13.subgroupSizeControl = physical.cooperative_matrix;
    }
    if (physical.cooperative_matrix) {
        extensions.push_back(VK_KHR_COOPERATIVE_MATRIX_EXTENSION_NAME);
        matrix.cooperativeMatrix = v12.shaderFloat16 = v12.vulkanMemoryModel = v12.vulkanMemoryModelDeviceScope = VK_TRUE;
        v13.pNext = &matrix;
    }
    if (physical.workgroup_matrix) {
        extensions.push_back(VK_NV_COOPERATIVE_MATRIX_2_EXTENSION_NAME);
        matrix2.cooperativeMatrixWorkgroupScope = matrix2.cooperativeMatrixFlexibleDimensions = matrix2.cooperativeMatrixPerElementOperations = VK_TRUE;
        matrix.pNext = &matrix2;
    }
    VkPhysicalDeviceFeatures2 features{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2, &v12};

    VkDeviceCreateInfo info{VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO, &features};
    info.queueCreateInfoCount = 1;
    info.pQueueCreateInfos = &queue;
    info.enabledExtensionCount = static_cast<uint32_t>(extensions.size());
    info.ppEnabledExtensionNames = extensions.data();
    check(vkCreateDevice(physical.handle, &info, nullptr, &handle_), "vkCreateDevice");
    volkLoadDeviceTable(&vk_, handle_);
    vk_.vkGetDeviceQueue(handle_, physical.queue_family, 0, &queue_);
    try {
        pipelines_ = std::make_unique<Pipelines>(*this);
    } catch (...) {
        vk_.vkDestroyDevice(handle_, nullptr);
        throw;
    }
}

Device::~Device() {
    vk_.vkDeviceWaitIdle(handle_);
    pipelines_.reset();
    vk_.vkDestroyDevice(handle_, nullptr);
}

VkResult Device::submit(const VkSubmitInfo& info, VkFence fence) noexcept {
    std::lock_guard lock(queue_mutex_);
    return vk_.vkQueueSubmit(queue_, 1, &info, fence);
}

uint32_t Device::memory_type(uint32_t bits, VkMemoryPropertyFlags needed, VkMemoryPropertyFlags wanted) const {
    for (const VkMemoryPropertyFlags flags : {needed | wanted, needed}) {
        for (uint32_t i = 0; i < physical_.memory.memoryTypeCount; ++i) {
            if ((bits >> i & 1) && (physical_.memory.memoryTypes[i].propertyFlags & flags) == flags) return i;
        }
    }
    fail(DLGO_ERROR_OUT_OF_MEMORY, "%s has no memory of the needed kind", physical_.properties.deviceName);
}

}  // namespace dlgo::vulkan
