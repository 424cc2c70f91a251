#include "backends/vulkan/program.h"

#include <algorithm>
#include <cmath>
#include <new>

#include "core/base/error.h"
#include "core/base/log.h"
#include "core/plan/probe_report.h"

namespace dlgo::vulkan {

namespace {

constexpr size_t kMostRecordings = 8;
constexpr uint64_t kInFlight = 2;  // parts of a run

void barrier(const VolkDeviceTable& vk, VkCommandBuffer commands, VkPipelineStageFlags from, VkAccessFlags written, VkPipelineStageFlags to,
             VkAccessFlags read) {
    VkMemoryBarrier barrier{VK_STRUCTURE_TYPE_MEMORY_BARRIER};
    barrier.srcAccessMask = written;
    barrier.dstAccessMask = read;
    vk.vkCmdPipelineBarrier(commands, from, to, 0, 1, &barrier, 0, nullptr, 0, nullptr);
}

}  // namespace

VulkanProgram::VulkanProgram(const Model& model, SessionMemory& session, Compiler&& compiled)
    : model_(model), session_(session), dispatches_(std::move(compiled.dispatches)), probes_(std::move(compiled.probes)),
      ropes_(session.ropes), max_rows_(compiled.max_rows) {
    for (const Dispatch& d : dispatches_) has_head_ |= d.head;
    const Device& device = *model.device;
    VkCommandPoolCreateInfo pool{VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO};
    pool.queueFamilyIndex = device.physical().queue_family;
    check(device.vk().vkCreateCommandPool(device.handle(), &pool, nullptr, &pool_), "vkCreateCommandPool");
    VkSemaphoreTypeCreateInfo timeline{VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO};
    timeline.semaphoreType = VK_SEMAPHORE_TYPE_TIMELINE;
    VkSemaphoreCreateInfo semaphore{VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO, &timeline};
    check(device.vk().vkCreateSemaphore(device.handle(), &semaphore, nullptr, &done_), "vkCreateSemaphore");
    timestamps_ = Timestamps::create(model.device, static_cast<uint32_t>(dispatches_.size()) + 1);
}

VulkanProgram::~VulkanProgram() {
    const Device& device = *model_.device;
    device.vk().vkDestroySemaphore(device.handle(), done_, nullptr);
    device.vk().vkDestroyCommandPool(device.handle(), pool_, nullptr);
}

// ---- recording ----------------------------------------------------------------------------------------------------

VkCommandBuffer VulkanProgram::begin() {
    const Device& device = *model_.device;
    VkCommandBufferAllocateInfo info{VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO};
    info.commandPool = pool_;
    info.commandBufferCount = 1;
    VkCommandBuffer commands = VK_NULL_HANDLE;
    check(device.vk().vkAllocateCommandBuffers(device.handle(), &info, &commands), "vkAllocateCommandBuffers");
    VkCommandBufferBeginInfo flags{VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
    check(device.vk().vkBeginCommandBuffer(commands, &flags), "vkBeginCommandBuffer");
    // What other commands did before is seen by the first dispatch, even one that does not wait.
    barrier(device.vk(), commands, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, VK_ACCESS_MEMORY_WRITE_BIT, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT,
            VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT);
    return commands;
}

void VulkanProgram::end(VkCommandBuffer commands) { check(model_.device->vk().vkEndCommandBuffer(commands), "vkEndCommandBuffer"); }

void VulkanProgram::record(VkCommandBuffer commands, const Dispatch& dispatch, const Shape& shape) {
    const Groups groups = dispatch.groups(shape);
    if (groups[0] == 0 || groups[1] == 0 || groups[2] == 0) return;
    const VolkDeviceTable& vk = model_.device->vk();
    if (dispatch.waits) {
        barrier(vk, commands, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, VK_ACCESS_SHADER_WRITE_BIT, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT,
                VK_ACCESS_SHADER_READ_BIT | VK_ACCESS_SHADER_WRITE_BIT);
    }
    vk.vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE, dispatch.pipeline);
    vk.vkCmdPushConstants(commands, model_.device->pipelines().layout(), VK_SHADER_STAGE_COMPUTE_BIT, 0, kPushBytes, dispatch.push.data());
    vk.vkCmdDispatch(commands, groups[0], groups[1], groups[2]);
    if (timing_) timestamps_->mark(commands, dispatch.name, dispatch.weight_bytes);
}

// The head's results to the host.
void VulkanProgram::record_logits(VkCommandBuffer commands, const Shape& shape) {
    const VolkDeviceTable& vk = model_.device->vk();
    barrier(vk, commands, VK_PIPELINE_STAGE_COMPUTE_SHADER_BIT, VK_ACCESS_SHADER_WRITE_BIT, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_ACCESS_TRANSFER_READ_BIT);
    const VkBufferCopy region{session_.layout.logits * sizeof(float), 0, uint64_t{shape.logits_rows} * model_.plan->n_vocab * sizeof(float)};
    vk.vkCmdCopyBuffer(commands, session_.act.handle(), session_.logits.handle(), 1, &region);
    barrier(vk, commands, VK_PIPELINE_STAGE_TRANSFER_BIT, VK_ACCESS_TRANSFER_WRITE_BIT, VK_PIPELINE_STAGE_HOST_BIT, VK_ACCESS_HOST_READ_BIT);
    if (timing_) timestamps_->mark(commands, "to host", 0);
}

const VulkanProgram::Recording& VulkanProgram::recording(const Shape& shape) {
    if (const auto found = recordings_.find(shape); found != recordings_.end() && !timestamps_) return found->second;
    if (recordings_.size() >= kMostRecordings || timestamps_) {
        recordings_.clear();
        check(model_.device->vk().vkResetCommandPool(model_.device->handle(), pool_, 0), "vkResetCommandPool");
    }
    Recording out;
    Part part;
    timing_ = timestamps_ != nullptr;
    const auto close = [&](int32_t probe) {
        if (part.commands) end(part.commands);
        part.probe = probe;
        out.parts.push_back(part);
        part = Part{};
    };
    uint16_t layer = 0;
    for (const Dispatch& d : dispatches_) {
        if (d.probe >= 0) {
            close(d.probe);
            continue;
        }
        if (part.commands && shape.rows > 1 && d.layer != layer && !timestamps_) close(-1);
        layer = d.layer;
        if (!part.commands) {
            part.commands = begin();
            if (timestamps_ && out.parts.empty()) timestamps_->start(part.commands);
        }
        record(part.commands, d, shape);
    }
    if (has_head_ && shape.logits_rows > 0) {
        if (!part.commands) part.commands = begin();
        record_logits(part.commands, shape);
    }
    if (part.commands) close(-1);
    timing_ = false;
    if (has_head_ && shape.logits_rows == kLogitsRows && shape.rows > kLogitsRows) {
        out.more_logits = begin();
        for (const Dispatch& d : dispatches_) {
            if (d.head) record(out.more_logits, d, shape);
        }
        record_logits(out.more_logits, shape);
        end(out.more_logits);
    }
    return recordings_[shape] = std::move(out);
}

// ---- running ------------------------------------------------------------------------------------------------------

void VulkanProgram::submit(VkCommandBuffer commands) {
    const uint64_t value = submitted_ + 1;
    VkTimelineSemaphoreSubmitInfo timeline{VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO};
    timeline.signalSemaphoreValueCount = 1;
    timeline.pSignalSemaphoreValues = &value;
    VkSubmitInfo info{VK_STRUCTURE_TYPE_SUBMIT_INFO, &timeline};
    info.commandBufferCount = 1;
    info.pCommandBuffers = &commands;
    info.signalSemaphoreCount = 1;
    info.pSignalSemaphores = &done_;
    check(model_.device->submit(info, VK_NULL_HANDLE), "vkQueueSubmit");
    submitted_ = value;
}

void VulkanProgram::wait(uint64_t value) {
    if (value == 0) return;
    VkSemaphoreWaitInfo info{VK_STRUCTURE_TYPE_SEMAPHORE_WAIT_INFO};
    info.semaphoreCount = 1;
    info.pSemaphores = &done_;
    info.pValues = &value;
    check(model_.device->vk().vkWaitSemaphores(model_.device->handle(), &info, UINT64_MAX), "vkWaitSemaphores");
}

void VulkanProgram::write_run(const StepParams& params, uint32_t logits_rows, uint32_t logits_first) {
    const RunParams run{params.rows, params.position, logits_rows, logits_first};
    std::memcpy(session_.run.data(), &run, sizeof run);
}

// Cosines and sines of the rows' positions, in double precision: positions are large, and a GPU's sine is coarse.
void VulkanProgram::write_ropes(const StepParams& params) {
    for (size_t t = 0; t < session_.ropes.size(); ++t) {
        const RopeSpec& rope = session_.ropes[t];
        const float* inv_freq = model_.weights->params[rope.inv_freq].values.data();
        auto* out = reinterpret_cast<float*>(session_.run.data() + session_.rope_at[t]);
        for (uint32_t row = 0; row < params.rows; ++row) {
            for (uint32_t i = 0; i < rope.n_rot / 2; ++i) {
                const double angle = static_cast<double>(params.position + row) * inv_freq[i];
                *out++ = static_cast<float>(std::cos(angle)) * rope.magnitude;
                *out++ = static_cast<float>(std::sin(angle)) * rope.magnitude;
            }
        }
    }
}

void VulkanProgram::show(const Probe& probe, const StepParams& params) {
    std::vector<float> values(probe.n);
    const uint32_t width = model_.plan->buffers[probe.in.buffer];
    for (uint32_t row = 0; row < params.rows; ++row) {
        const uint32_t position = params.position + row;
        if (position < probe.first_position || position > probe.last_position) continue;
        const uint64_t at = session_.layout.buffers[probe.in.buffer] + uint64_t{row} * width + probe.in.offset;
        session_.transfer.read(session_.act, at * sizeof(float), values.data(), values.size() * sizeof(float));
        report_probe(*model_.plan, probe, values.data(), position);
    }
}

dlgo_status VulkanProgram::run_all(const StepParams& params) {
    const auto cancelled = [&] { return params.cancel && params.cancel->load(std::memory_order_relaxed); };
    const uint32_t logits_rows = has_head_ ? params.logits_rows : 0, first = params.rows - params.logits_rows;
    const Shape shape{params.rows, std::min(logits_rows, kLogitsRows)};
    const size_t n_vocab = model_.plan->n_vocab;
    const Recording& recorded = recording(shape);
    write_run(params, shape.logits_rows, first);
    std::memcpy(session_.run.data() + session_.tokens_at, params.tokens, params.rows * sizeof(int32_t));
    write_ropes(params);

    for (const Part& part : recorded.parts) {
        if (cancelled()) {
            wait(submitted_);
            return DLGO_ERROR_CANCELLED;
        }
        if (part.commands) submit(part.commands);
        if (part.probe >= 0) {
            wait(submitted_);
            show(probes_[static_cast<size_t>(part.probe)], params);
        }
        if (submitted_ > kInFlight) wait(submitted_ - kInFlight);
    }
    wait(submitted_);
    if (timestamps_) timestamps_->collect();
    if (logits_rows == 0) return DLGO_OK;

    std::memcpy(params.logits, session_.logits.data(), shape.logits_rows * n_vocab * sizeof(float));
    for (uint32_t done = shape.logits_rows; done < logits_rows;) {
        // The last run may repeat rows of the one before.
        const uint32_t begin = std::min(done, logits_rows - kLogitsRows);
        if (cancelled()) return DLGO_ERROR_CANCELLED;
        write_run(params, kLogitsRows, first + begin);
        submit(recorded.more_logits);
        wait(submitted_);
        std::memcpy(params.logits + begin * n_vocab, session_.logits.data(), kLogitsRows * n_vocab * sizeof(float));
        done = begin + kLogitsRows;
    }
    return DLGO_OK;
}

dlgo_status VulkanProgram::run(const StepParams& params) noexcept {
    if (params.rows == 0 || params.rows > max_rows_ || params.logits_rows > params.rows) return DLGO_ERROR_INVALID_ARGUMENT;
    try {
        return run_all(params);
    } catch (const Error& e) {
        log(DLGO_LOG_ERROR, "%s: %s", model_.device->physical().properties.deviceName, e.what());
        return e.code();
    } catch (const std::bad_alloc&) {
        return DLGO_ERROR_OUT_OF_MEMORY;
    } catch (...) {
        return DLGO_ERROR_INTERNAL;
    }
}

}  // namespace dlgo::vulkan
