// Which device runs which step. Never more than a device's budget: what does not fit stays on the CPU.
#pragma once
#include <vector>

#include "backends/backend.h"

namespace dlgo {

inline constexpr uint8_t kCpu = 0;  // index of the CPU among the devices of a model; 1 = the GPU

// GPU layers are the last `gpu_layers` ones; the head goes with them, the embedding only when all layers do. Steps that the GPU does not
// support and layers that read another layer's cache follow where they must.
std::vector<uint8_t> place(const Plan& plan, const Weights& weights, const Backend* gpu, uint32_t gpu_layers);

// The most layers whose weights, state and scratch fit into budget bytes of the GPU.
uint32_t fit_layers(const Plan& plan, const Weights& weights, const Backend& gpu, const SessionSpec& spec, uint64_t budget);

// Indices of the steps on a device.
std::vector<uint32_t> steps_on(const std::vector<uint8_t>& placement, uint8_t device);

}  // namespace dlgo
