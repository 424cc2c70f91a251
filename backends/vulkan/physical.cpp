#include "backends/vulkan/physical.h"

#include <algorithm>
#include <cstring>

#include "backends/vulkan/push.h"
#include "core/base/env.h"
#include "core/base/log.h"

namespace dlgo::vulkan {

namespace {

// Shared memory of linear_mat on cooperative matrices.
constexpr uint32_t kMatrixSharedBytes = 46 * 1024, kWorkgroupMatrixSharedBytes = 28 * 1024;

VkInstance create_instance() {
    if (volkInitialize() != VK_SUCCESS || volkGetInstanceVersion() < VK_API_VERSION_1_2) return VK_NULL_HANDLE;
    VkApplicationInfo app{VK_STRUCTURE_TYPE_APPLICATION_INFO};
    app.pApplicationName = app.pEngineName = "dlgo";
    app.apiVersion = std::min(volkGetInstanceVersion(), static_cast<uint32_t>(VK_API_VERSION_1_3));
    VkInstanceCreateInfo info{VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO};
    info.pApplicationInfo = &app;
    VkInstance instance = VK_NULL_HANDLE;
    if (vkCreateInstance(&info, nullptr, &instance) != VK_SUCCESS) return VK_NULL_HANDLE;
    volkLoadInstanceOnly(instance);
    return instance;
}

bool has_extension(VkPhysicalDevice device, const char* name) {
    uint32_t n = 0;
    vkEnumerateDeviceExtensionProperties(device, nullptr, &n, nullptr);
    std::vector<VkExtensionProperties> all(n);
    vkEnumerateDeviceExtensionProperties(device, nullptr, &n, all.data());
    return std::any_of(all.begin(), all.end(), [&](const VkExtensionProperties& e) { return std::strcmp(e.extensionName, name) == 0; });
}

bool find_queue(VkPhysicalDevice device, uint32_t& family) {
    uint32_t n = 0;
    vkGetPhysicalDeviceQueueFamilyProperties(device, &n, nullptr);
    std::vector<VkQueueFamilyProperties> families(n);
    vkGetPhysicalDeviceQueueFamilyProperties(device, &n, families.data());
    for (uint32_t i = 0; i < n; ++i) {
        if (!(families[i].queueFlags & VK_QUEUE_COMPUTE_BIT)) continue;
        family = i;
        return true;
    }
    return false;
}

bool has_half_matrices(VkPhysicalDevice device) {
    if (!vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR || !has_extension(device, VK_KHR_COOPERATIVE_MATRIX_EXTENSION_NAME)) return false;
    VkPhysicalDeviceCooperativeMatrixFeaturesKHR matrix{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_FEATURES_KHR};
    VkPhysicalDeviceVulkan12Features v12{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES, &matrix};
    VkPhysicalDeviceFeatures2 features{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2, &v12};
    vkGetPhysicalDeviceFeatures2(device, &features);
    if (!matrix.cooperativeMatrix || !v12.shaderFloat16 || !v12.vulkanMemoryModel) return false;
    uint32_t n = 0;
    vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR(device, &n, nullptr);
    std::vector<VkCooperativeMatrixPropertiesKHR> all(n, {VK_STRUCTURE_TYPE_COOPERATIVE_MATRIX_PROPERTIES_KHR});
    vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR(device, &n, all.data());
    return std::any_of(all.begin(), all.end(), [](const VkCooperativeMatrixPropertiesKHR& p) {
        return p.MSize == 16 && p.NSize == 16 && p.KSize == 16 && p.AType == VK_COMPONENT_TYPE_FLOAT16_KHR &&
               p.BType == VK_COMPONENT_TYPE_FLOAT16_KHR && p.CType == VK_COMPONENT_TYPE_FLOAT32_KHR &&
               p.ResultType == VK_COMPONENT_TYPE_FLOAT32_KHR && p.scope == VK_SCOPE_SUBGROUP_KHR;
    });
}

// The same product by a workgroup of 128, its results given to a function element by element (VK_NV_cooperative_matrix2).
bool has_workgroup_matrices(VkPhysicalDevice device) {
    if (!vkGetPhysicalDeviceCooperativeMatrixFlexibleDimensionsPropertiesNV || !has_extension(device, VK_NV_COOPERATIVE_MATRIX_2_EXTENSION_NAME)) {
        return false;
    }
    VkPhysicalDeviceCooperativeMatrix2FeaturesNV matrix{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_2_FEATURES_NV};
    VkPhysicalDeviceFeatures2 features{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2, &matrix};
    vkGetPhysicalDeviceFeatures2(device, &features);
    if (!matrix.cooperativeMatrixWorkgroupScope || !matrix.cooperativeMatrixFlexibleDimensions || !matrix.cooperativeMatrixPerElementOperations) {
        return false;
    }
    VkPhysicalDeviceCooperativeMatrix2PropertiesNV limits{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_COOPERATIVE_MATRIX_2_PROPERTIES_NV};
    VkPhysicalDeviceProperties2 properties{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, &limits};
    vkGetPhysicalDeviceProperties2(device, &properties);
    if (kWorkgroupMatrixSharedBytes + limits.cooperativeMatrixWorkgroupScopeReservedSharedMemory >
        properties.properties.limits.maxComputeSharedMemorySize) {
        return false;
    }
    uint32_t n = 0;
    vkGetPhysicalDeviceCooperativeMatrixFlexibleDimensionsPropertiesNV(device, &n, nullptr);
    std::vector<VkCooperativeMatrixFlexibleDimensionsPropertiesNV> all(n, {VK_STRUCTURE_TYPE_COOPERATIVE_MATRIX_FLEXIBLE_DIMENSIONS_PROPERTIES_NV});
    vkGetPhysicalDeviceCooperativeMatrixFlexibleDimensionsPropertiesNV(device, &n, all.data());
    return std::any_of(all.begin(), all.end(), [](const VkCooperativeMatrixFlexibleDimensionsPropertiesNV& p) {
        return 64 % p.MGranularity == 0 && 32 % p.NGranularity == 0 && 64 % p.KGranularity == 0 && p.AType == VK_COMPONENT_TYPE_FLOAT16_KHR &&
               p.BType == VK_COMPONENT_TYPE_FLOAT16_KHR && p.CType == VK_COMPONENT_TYPE_FLOAT32_KHR &&
               p.ResultType == VK_COMPONENT_TYPE_FLOAT32_KHR && p.scope == VK_SCOPE_WORKGROUP_KHR && p.workgroupInvocations == 128;
    });
}

// False, with a reason in the log, for a device that lacks what every shader needs.
bool inspect(VkPhysicalDevice handle, PhysicalDevice& out) {
    out.handle = handle;
    VkPhysicalDeviceShaderIntegerDotProductProperties dot{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SHADER_INTEGER_DOT_PRODUCT_PROPERTIES};
    VkPhysicalDeviceSubgroupProperties subgroup{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_SUBGROUP_PROPERTIES};
    VkPhysicalDeviceMaintenance3Properties sizes{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MAINTENANCE_3_PROPERTIES, &subgroup};
    VkPhysicalDeviceProperties2 properties{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2, &sizes};
    vkGetPhysicalDeviceProperties(handle, &out.properties);
    const bool v13 = out.properties.apiVersion >= VK_API_VERSION_1_3;
    if (v13) subgroup.pNext = &dot;
    vkGetPhysicalDeviceProperties2(handle, &properties);
    vkGetPhysicalDeviceMemoryProperties(handle, &out.memory);
    out.subgroup_size = subgroup.subgroupSize;
    out.max_allocation = sizes.maxMemoryAllocationSize;
    std::memcpy(out.pipeline_uuid, out.properties.pipelineCacheUUID, VK_UUID_SIZE);

    const char* lacks = nullptr;
    if (out.properties.apiVersion < VK_API_VERSION_1_2) {
        lacks = "Vulkan 1.2";
    } else if (out.properties.limits.maxPushConstantsSize < kPushBytes) {
        lacks = "256 bytes of push constants";
    } else if (!(subgroup.supportedOperations & VK_SUBGROUP_FEATURE_ARITHMETIC_BIT)) {
        lacks = "subgroup arithmetic";
    } else if (!find_queue(handle, out.queue_family)) {
        lacks = "a compute queue";
    } else {
        VkPhysicalDeviceVulkan13Features f13{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_3_FEATURES};
        VkPhysicalDeviceVulkan12Features f12{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_VULKAN_1_2_FEATURES, v13 ? &f13 : nullptr};
        VkPhysicalDeviceFeatures2 features{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_FEATURES_2, &f12};
        vkGetPhysicalDeviceFeatures2(handle, &features);
        if (!f12.bufferDeviceAddress || !f12.timelineSemaphore) lacks = "buffer device addresses or timeline semaphores";
        // DLGO_VULKAN_INTEGER_DOT=0 or 1 decides otherwise, where it can.
        const auto wanted = env_string("DLGO_VULKAN_INTEGER_DOT");
        out.integer_dot = f13.shaderIntegerDotProduct && (wanted ? *wanted == "1" : dot.integerDotProduct4x8BitPackedSignedAccelerated == VK_TRUE);
        out.cooperative_matrix = f13.subgroupSizeControl && out.subgroup_size == 32 && has_half_matrices(handle) &&
                                 out.properties.limits.maxComputeSharedMemorySize >= kMatrixSharedBytes;
        // DLGO_VULKAN_COOPMAT: 0 = none, 1 = KHR's, 2 = NV's second as well.
        const uint64_t level = env_size("DLGO_VULKAN_COOPMAT").value_or(2);
        out.cooperative_matrix = out.cooperative_matrix && level >= 1;
        out.workgroup_matrix = out.cooperative_matrix && level >= 2 && has_workgroup_matrices(handle);
    }
    out.memory_budget = has_extension(handle, VK_EXT_MEMORY_BUDGET_EXTENSION_NAME);
    if (lacks) log(DLGO_LOG_INFO, "%s is left out: it has no %s", out.properties.deviceName, lacks);
    return !lacks;
}

// Largest of the heaps that are the device's own.
uint32_t device_heap(const VkPhysicalDeviceMemoryProperties& memory) noexcept {
    uint32_t best = 0;
    uint64_t size = 0;
    for (uint32_t i = 0; i < memory.memoryHeapCount; ++i) {
        const VkMemoryHeap& heap = memory.memoryHeaps[i];
        if ((heap.flags & VK_MEMORY_HEAP_DEVICE_LOCAL_BIT) && heap.size > size) best = i, size = heap.size;
    }
    return best;
}

}  // namespace

uint64_t PhysicalDevice::memory_total() const noexcept { return memory.memoryHeaps[device_heap(memory)].size; }

uint64_t PhysicalDevice::memory_free() const noexcept {
    if (!memory_budget) return memory_total();
    VkPhysicalDeviceMemoryBudgetPropertiesEXT budget{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT};
    VkPhysicalDeviceMemoryProperties2 properties{VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2, &budget};
    vkGetPhysicalDeviceMemoryProperties2(handle, &properties);
    const uint32_t heap = device_heap(memory);
    return budget.heapBudget[heap] > budget.heapUsage[heap] ? budget.heapBudget[heap] - budget.heapUsage[heap] : 0;
}

std::string PhysicalDevice::features() const {
    std::string out = "subgroup" + std::to_string(subgroup_size);
    if (cooperative_matrix) out += " coopmat";
    if (workgroup_matrix) out += " coopmat2";
    if (integer_dot) out += " int8dot";
    return out;
}

const std::vector<PhysicalDevice>& physical_devices() {
    // Never destroyed: a driver may be gone by the time static destructors run.
    static const auto* const all = [] {
        auto* list = new std::vector<PhysicalDevice>;
        const VkInstance instance = create_instance();
        if (!instance) return list;
        uint32_t n = 0;
        vkEnumeratePhysicalDevices(instance, &n, nullptr);
        std::vector<VkPhysicalDevice> handles(n);
        vkEnumeratePhysicalDevices(instance, &n, handles.data());
        handles.resize(n);
        for (const VkPhysicalDevice handle : handles) {
            PhysicalDevice device;
            if (inspect(handle, device)) list->push_back(device);
        }
        return list;
    }();
    return *all;
}

}  // namespace dlgo::vulkan
