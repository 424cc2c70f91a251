// GPUs as backends.
#pragma once
#include <memory>
#include <vector>

#include "backends/backend.h"

namespace dlgo {

// One for each Vulkan device that can run dlgo, named "vulkan:0", "vulkan:1", ... in the driver's order; none where there is no Vulkan.
// A device is opened when the first model is loaded on it.
std::vector<std::shared_ptr<Backend>> make_vulkan_backends();

}  // namespace dlgo
