// Where the time of a run goes, dispatch by dispatch: DLGO_GPU_TIMESTAMPS=1 logs a table (DLGO_LOG_INFO) when a program ends. Unset, nothing is
// recorded.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "backends/vulkan/device.h"

namespace dlgo::vulkan {

class Timestamps {
public:
    // nullptr unless DLGO_GPU_TIMESTAMPS is set and the device has timestamps.
    static std::unique_ptr<Timestamps> create(std::shared_ptr<Device> device, uint32_t max_dispatches);
    ~Timestamps();
    Timestamps(const Timestamps&) = delete;
    Timestamps& operator=(const Timestamps&) = delete;

    void start(VkCommandBuffer commands);
    void mark(VkCommandBuffer commands, const char* name, uint64_t weight_bytes);
    // After a run of what was recorded last.
    void collect();

private:
    Timestamps(std::shared_ptr<Device> device, uint32_t max_dispatches);
    struct Mark {
        std::string name;
        uint64_t bytes;
    };
    struct Total {
        double us = 0;
        uint64_t bytes = 0, count = 0;
    };
    std::shared_ptr<Device> device_;
    VkQueryPool pool_ = VK_NULL_HANDLE;
    uint32_t size_;
    std::vector<Mark> marks_;
    std::map<std::string, Total> totals_;
    uint64_t runs_ = 0;
};

}  // namespace dlgo::vulkan
