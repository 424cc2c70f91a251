// Vulkan through volk: the loader is opened at run time, every function is a pointer.
#pragma once
#ifndef VK_NO_PROTOTYPES
#define VK_NO_PROTOTYPES
#endif
#include <volk.h>

#include "include/dlgo.h"

namespace dlgo::vulkan {

// DEVICE for a lost device and whatever else a driver may say, OUT_OF_MEMORY for both kinds of memory.
dlgo_status status_of(VkResult result) noexcept;

// Throws status_of(result) with the call's name, unless result is a success.
void check(VkResult result, const char* call);

}  // namespace dlgo::vulkan
