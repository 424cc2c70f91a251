// Compute pipelines by shader name and specialization, made once per device. Compiled code is kept on disk between runs, in DLGO_CACHE_DIR, else
// $XDG_CACHE_HOME/dlgo, else ~/.cache/dlgo; DLGO_CACHE_DIR=none keeps nothing.
#pragma once
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "backends/vulkan/vk.h"

namespace dlgo::vulkan {

class Device;

// Values of the constants 0, 1, 2, ... of a shader.
using Constants = std::vector<uint32_t>;

// Whether the build has a shader of this name, e.g. "linear_vec.q4_k".
bool has_shader(const std::string& name) noexcept;

class Pipelines {
public:
    explicit Pipelines(const Device& device);
    ~Pipelines();
    Pipelines(const Pipelines&) = delete;
    Pipelines& operator=(const Pipelines&) = delete;

    // Every pipeline: push constants of kPushBytes, no descriptors.
    VkPipelineLayout layout() const noexcept { return layout_; }
    // subgroup: required subgroup size, 0 = any. Thread-safe.
    VkPipeline get(const std::string& shader, const Constants& constants, uint32_t subgroup = 0);
    // Writes new code to disk. Thread-safe; failures are logged only.
    void save() noexcept;

private:
    VkPipeline create(const std::string& shader, const Constants& constants, uint32_t subgroup);
    std::string cache_path() const;

    const Device& device_;
    VkPipelineLayout layout_ = VK_NULL_HANDLE;
    VkPipelineCache cache_ = VK_NULL_HANDLE;
    std::mutex mutex_;
    std::map<std::pair<std::string, Constants>, VkPipeline> all_;
    bool changed_ = false;
};

}  // namespace dlgo::vulkan
