// A run of steps as recorded commands. A recording depends on the number of rows alone and is replayed as long as that stays the same:
// all else is read from the session's run buffer.
#pragma once
#include <map>

#include "backends/backend.h"
#include "backends/vulkan/compiler.h"
#include "backends/vulkan/timestamps.h"

namespace dlgo::vulkan {

class VulkanProgram : public Program {
public:
    VulkanProgram(const Model& model, SessionMemory& session, Compiler&& compiled);
    ~VulkanProgram() override;
    dlgo_status run(const StepParams& params) noexcept override;

private:
    // Commands up to a point where the host acts: at most one layer's when cancelling has to be quick, or up to a probe.
    struct Part {
        VkCommandBuffer commands = VK_NULL_HANDLE;
        int32_t probe = -1;  // after it
    };
    struct Recording {
        std::vector<Part> parts;
        VkCommandBuffer more_logits = VK_NULL_HANDLE;  // the head alone
    };

    dlgo_status run_all(const StepParams& params);
    const Recording& recording(const Shape& shape);
    VkCommandBuffer begin();
    void end(VkCommandBuffer commands);
    void record(VkCommandBuffer commands, const Dispatch& dispatch, const Shape& shape);
    void record_logits(VkCommandBuffer commands, const Shape& shape);
    void submit(VkCommandBuffer commands);
    void wait(uint64_t value);
    void write_run(const StepParams& params, uint32_t logits_rows, uint32_t logits_first);
    void write_ropes(const StepParams& params);
    void show(const Probe& probe, const StepParams& params);

    const Model& model_;
    SessionMemory& session_;
    std::vector<Dispatch> dispatches_;
    std::vector<Probe> probes_;
    std::vector<RopeSpec> ropes_;  // that the steps use
    uint32_t max_rows_;
    bool has_head_ = false;
    VkCommandPool pool_ = VK_NULL_HANDLE;
    VkSemaphore done_ = VK_NULL_HANDLE;  // timeline
    uint64_t submitted_ = 0;
    std::map<Shape, Recording> recordings_;
    std::unique_ptr<Timestamps> timestamps_;
    bool timing_ = false;  // what is being recorded
};

}  // namespace dlgo::vulkan
