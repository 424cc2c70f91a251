#include "backends/vulkan/pipelines.h"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>

#include <unistd.h>

#include "backends/vulkan/device.h"
#include "backends/vulkan/push.h"
#include "core/base/env.h"
#include "core/base/error.h"
#include "core/base/log.h"

namespace dlgo::vulkan {

namespace {

struct Shader {
    std::string_view name;
    const uint32_t* words;
    size_t bytes;
};

#include "shaders.inc"  // generated: kShaders, sorted by nothing in particular

const Shader* find_shader(const std::string& name) noexcept {
    for (const Shader& shader : kShaders) {
        if (shader.name == name) return &shader;
    }
    return nullptr;
}

}  // namespace

bool has_shader(const std::string& name) noexcept { return find_shader(name) != nullptr; }

Pipelines::Pipelines(const Device& device) : device_(device) {
    const VolkDeviceTable& vk = device.vk();
    VkPushConstantRange push{VK_SHADER_STAGE_COMPUTE_BIT, 0, kPushBytes};
    VkPipelineLayoutCreateInfo layout{VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO};
    layout.pushConstantRangeCount = 1;
    layout.pPushConstantRanges = &push;
    check(vk.vkCreatePipelineLayout(device.handle(), &layout, nullptr, &layout_), "vkCreatePipelineLayout");

    std::string old;
    if (const std::string path = cache_path(); !path.empty()) {
        std::ifstream file(path, std::ios::binary);
        old.assign(std::istreambuf_iterator<char>(file), {});
    }
    VkPipelineCacheCreateInfo cache{VK_STRUCTURE_TYPE_PIPELINE_CACHE_CREATE_INFO};
    cache.initialDataSize = old.size();  // drivers refuse what is not theirs
    cache.pInitialData = old.data();
    VkResult result = vk.vkCreatePipelineCache(device.handle(), &cache, nullptr, &cache_);
    if (result != VK_SUCCESS) {
        cache.initialDataSize = 0;
        result = vk.vkCreatePipelineCache(device.handle(), &cache, nullptr, &cache_);
    }
    if (result != VK_SUCCESS) cache_ = VK_NULL_HANDLE;
}

Pipelines::~Pipelines() {
    const VolkDeviceTable& vk = device_.vk();
    for (const auto& entry : all_) vk.vkDestroyPipeline(device_.handle(), entry.second, nullptr);
    vk.vkDestroyPipelineCache(device_.handle(), cache_, nullptr);
    vk.vkDestroyPipelineLayout(device_.handle(), layout_, nullptr);
}

VkPipeline Pipelines::get(const std::string& shader, const Constants& constants, uint32_t subgroup) {
    std::lock_guard lock(mutex_);
    VkPipeline& pipeline = all_[{shader, constants}];
    if (!pipeline) {
        pipeline = create(shader, constants, subgroup);
        changed_ = true;
    }
    return pipeline;
}

VkPipeline Pipelines::create(const std::string& name, const Constants& constants, uint32_t subgroup) {
    const VolkDeviceTable& vk = device_.vk();
    const Shader* shader = find_shader(name);
    if (!shader) fail(DLGO_ERROR_INTERNAL, "there is no shader %s", name.c_str());
    VkShaderModuleCreateInfo code{VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO};
    code.codeSize = shader->bytes;
    code.pCode = shader->words;
    VkShaderModule module = VK_NULL_HANDLE;
    check(vk.vkCreateShaderModule(device_.handle(), &code, nullptr, &module), "vkCreateShaderModule");

    std::vector<VkSpecializationMapEntry> entries;
    for (uint32_t i = 0; i < constants.size(); ++i) entries.push_back({i, 4 * i, 4});
    VkSpecializationInfo special{static_cast<uint32_t>(entries.size()), entries.data(), 4 * constants.size(), constants.data()};
    VkPipelineShaderStageRequiredSubgroupSizeCreateInfo size{VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_REQUIRED_SUBGROUP_SIZE_CREATE_INFO};
    size.requiredSubgroupSize = subgroup;
    VkComputePipelineCreateInfo info{VK_STRUCTURE_TYPE_COMPUTE_PIPELINE_CREATE_INFO};
    info.stage.sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO;
    if (subgroup) info.stage.pNext = &size;
    info.stage.stage = VK_SHADER_STAGE_COMPUTE_BIT;
    info.stage.module = module;
    info.stage.pName = "main";
    info.stage.pSpecializationInfo = &special;
    info.layout = layout_;
    VkPipeline pipeline = VK_NULL_HANDLE;
    const VkResult result = vk.vkCreateComputePipelines(device_.handle(), cache_, 1, &info, nullptr, &pipeline);
    vk.vkDestroyShaderModule(device_.handle(), module, nullptr);
    if (result != VK_SUCCESS) fail(status_of(result), "shader %s cannot be compiled: VkResult %d", name.c_str(), result);
    return pipeline;
}

// Of this driver and device; "" = none.
std::string Pipelines::cache_path() const {
    std::string folder;
    if (const auto own = env_string("DLGO_CACHE_DIR")) {
        if (*own == "none") return "";
        folder = *own;
    } else if (const auto xdg = env_string("XDG_CACHE_HOME")) {
        folder = *xdg + "/dlgo";
    } else if (const auto home = env_string("HOME")) {
        folder = *home + "/.cache/dlgo";
    } else {
        return "";
    }
    std::string uuid;
    for (const uint8_t byte : device_.physical().pipeline_uuid) uuid += strf("%02x", byte);
    return folder + "/vulkan-" + uuid + ".bin";
}

void Pipelines::save() noexcept {
    try {
        std::lock_guard lock(mutex_);
        const std::string path = cache_path();
        if (!changed_ || !cache_ || path.empty()) return;
        changed_ = false;
        const VolkDeviceTable& vk = device_.vk();
        size_t n = 0;
        if (vk.vkGetPipelineCacheData(device_.handle(), cache_, &n, nullptr) != VK_SUCCESS) return;
        std::vector<char> data(n);
        if (vk.vkGetPipelineCacheData(device_.handle(), cache_, &n, data.data()) != VK_SUCCESS) return;
        std::filesystem::create_directories(std::filesystem::path(path).parent_path());
        const std::string fresh = path + "." + std::to_string(getpid());  // renamed when it is whole
        std::ofstream file(fresh, std::ios::binary);
        file.write(data.data(), static_cast<std::streamsize>(n));
        file.close();
        if (!file || std::rename(fresh.c_str(), path.c_str()) != 0) {
            std::remove(fresh.c_str());
            log(DLGO_LOG_INFO, "compiled shaders cannot be kept in %s", path.c_str());
        }
    } catch (const std::exception& e) {
        log(DLGO_LOG_INFO, "compiled shaders cannot be kept: %s", e.what());
    }
}

}  // namespace dlgo::vulkan
