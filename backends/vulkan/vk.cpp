#define VOLK_IMPLEMENTATION
#include "backends/vulkan/vk.h"

#include "core/base/error.h"

namespace dlgo::vulkan {

dlgo_status status_of(VkResult result) noexcept {
    if (result >= VK_SUCCESS) return DLGO_OK;
    switch (result) {
        case VK_ERROR_OUT_OF_HOST_MEMORY:
        case VK_ERROR_OUT_OF_DEVICE_MEMORY:
        case VK_ERROR_TOO_MANY_OBJECTS: return DLGO_ERROR_OUT_OF_MEMORY;
        default: return DLGO_ERROR_DEVICE;
    }
}

void check(VkResult result, const char* call) {
    if (result < VK_SUCCESS) fail(status_of(result), "%s failed with VkResult %d", call, result);
}

}  // namespace dlgo::vulkan
