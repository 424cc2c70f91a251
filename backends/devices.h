// The devices of this machine.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "backends/backend.h"

namespace dlgo {

// threads: 0 = one for each physical core. isa: "" = DLGO_ISA or the best one. may_copy: as in make_cpu_backend().
std::unique_ptr<Backend> open_cpu(int threads, const std::string& isa, bool may_copy = false);

// The GPU that a `device` option names; nullptr when the CPU shall do everything. "" and "auto": a discrete GPU, else an integrated or
// virtual one, else none. "vulkan": the same, or a software device where there is no other. INVALID_ARGUMENT for an unknown name,
// DEVICE when there is no such device.
std::shared_ptr<Backend> find_gpu(const std::string& device);

// The CPU, then the GPUs.
std::vector<dlgo_device_info> device_infos();

}  // namespace dlgo
