#include "backends/vulkan/timestamps.h"

#include "core/base/env.h"
#include "core/base/log.h"

namespace dlgo::vulkan {

std::unique_ptr<Timestamps> Timestamps::create(std::shared_ptr<Device> device, uint32_t max_dispatches) {
    if (!env_string("DLGO_GPU_TIMESTAMPS") || !device->physical().properties.limits.timestampComputeAndGraphics) return nullptr;
    return std::unique_ptr<Timestamps>(new Timestamps(std::move(device), max_dispatches));
}

Timestamps::Timestamps(std::shared_ptr<Device> device, uint32_t max_dispatches) : device_(std::move(device)), size_(max_dispatches + 1) {
    VkQueryPoolCreateInfo info{VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO};
    info.queryType = VK_QUERY_TYPE_TIMESTAMP;
    info.queryCount = size_;
    check(device_->vk().vkCreateQueryPool(device_->handle(), &info, nullptr, &pool_), "vkCreateQueryPool");
}

Timestamps::~Timestamps() {
    device_->vk().vkDestroyQueryPool(device_->handle(), pool_, nullptr);
    if (runs_ == 0) return;
    double sum = 0;
    for (const auto& [name, t] : totals_) sum += t.us;
    log(DLGO_LOG_INFO, "GPU time of a run: %.1f us (%llu runs)", sum / static_cast<double>(runs_), static_cast<unsigned long long>(runs_));
    for (const auto& [name, t] : totals_) {
        const double us = t.us / static_cast<double>(runs_);
        log(DLGO_LOG_INFO, "  %-10s %4llu dispatches %9.1f us  %8.2f MB  %7.0f GB/s", name.c_str(),
            static_cast<unsigned long long>(t.count / runs_), us, static_cast<double>(t.bytes) / static_cast<double>(runs_) * 1e-6,
            static_cast<double>(t.bytes) / (t.us > 0 ? t.us : 1) * 1e-3);
    }
}

void Timestamps::start(VkCommandBuffer commands) {
    marks_.clear();
    device_->vk().vkCmdResetQueryPool(commands, pool_, 0, size_);
    device_->vk().vkCmdWriteTimestamp(commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, pool_, 0);
}

void Timestamps::mark(VkCommandBuffer commands, const char* name, uint64_t weight_bytes) {
    if (marks_.size() + 1 >= size_) return;
    marks_.push_back({name, weight_bytes});
    device_->vk().vkCmdWriteTimestamp(commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, pool_, static_cast<uint32_t>(marks_.size()));
}

void Timestamps::collect() {
    std::vector<uint64_t> ticks(marks_.size() + 1);
    const VkResult result = device_->vk().vkGetQueryPoolResults(device_->handle(), pool_, 0, static_cast<uint32_t>(ticks.size()), ticks.size() * 8,
                                                                ticks.data(), 8, VK_QUERY_RESULT_64_BIT | VK_QUERY_RESULT_WAIT_BIT);
    if (result != VK_SUCCESS) return;
    const double us = static_cast<double>(device_->physical().properties.limits.timestampPeriod) * 1e-3;
    for (size_t i = 0; i < marks_.size(); ++i) {
        Total& total = totals_[marks_[i].name];
        total.us += static_cast<double>(ticks[i + 1] - ticks[i]) * us;
        total.bytes += marks_[i].bytes;
        ++total.count;
    }
    ++runs_;
}

}  // namespace dlgo::vulkan
