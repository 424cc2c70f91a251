#include "backends/vulkan/transfer.h"

#include <algorithm>
#include <cstring>

namespace dlgo::vulkan {

namespace {

// Copies and shaders before are done and seen by what comes after, the host included.
void full_barrier(const VolkDeviceTable& vk, VkCommandBuffer commands) {
    VkMemoryBarrier barrier{VK_STRUCTURE_TYPE_MEMORY_BARRIER};
    barrier.srcAccessMask = VK_ACCESS_MEMORY_WRITE_BIT;
    barrier.dstAccessMask = VK_ACCESS_MEMORY_READ_BIT | VK_ACCESS_MEMORY_WRITE_BIT | VK_ACCESS_HOST_READ_BIT;
    vk.vkCmdPipelineBarrier(commands, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT, VK_PIPELINE_STAGE_ALL_COMMANDS_BIT | VK_PIPELINE_STAGE_HOST_BIT, 0, 1,
                            &barrier, 0, nullptr, 0, nullptr);
}

}  // namespace

Transfer::Transfer(std::shared_ptr<Device> device, uint64_t staging_bytes) : device_(std::move(device)) {
    const VolkDeviceTable& vk = device_->vk();
    for (Slot& slot : slots_) slot.staging = Buffer(device_, staging_bytes, Place::Host, "staging");
    VkCommandPoolCreateInfo pool{VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO};
    pool.flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT;
    pool.queueFamilyIndex = device_->physical().queue_family;
    check(vk.vkCreateCommandPool(device_->handle(), &pool, nullptr, &pool_), "vkCreateCommandPool");
    for (Slot& slot : slots_) {
        VkCommandBufferAllocateInfo info{VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO};
        info.commandPool = pool_;
        info.commandBufferCount = 1;
        check(vk.vkAllocateCommandBuffers(device_->handle(), &info, &slot.commands), "vkAllocateCommandBuffers");
        VkFenceCreateInfo fence{VK_STRUCTURE_TYPE_FENCE_CREATE_INFO};
        check(vk.vkCreateFence(device_->handle(), &fence, nullptr, &slot.fence), "vkCreateFence");
    }
}

Transfer::~Transfer() {
    const VolkDeviceTable& vk = device_->vk();
    for (Slot& slot : slots_) {
        if (slot.busy) vk.vkWaitForFences(device_->handle(), 1, &slot.fence, VK_TRUE, UINT64_MAX);
        vk.vkDestroyFence(device_->handle(), slot.fence, nullptr);
    }
    vk.vkDestroyCommandPool(device_->handle(), pool_, nullptr);
}

Transfer::Slot& Transfer::next() {
    Slot& slot = slots_[turn_ ^= 1];
    wait(slot);
    return slot;
}

void Transfer::begin(Slot& slot) {
    VkCommandBufferBeginInfo info{VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO};
    info.flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT;
    check(device_->vk().vkBeginCommandBuffer(slot.commands, &info), "vkBeginCommandBuffer");
    full_barrier(device_->vk(), slot.commands);
}

void Transfer::submit(Slot& slot) {
    const VolkDeviceTable& vk = device_->vk();
    full_barrier(vk, slot.commands);
    check(vk.vkEndCommandBuffer(slot.commands), "vkEndCommandBuffer");
    check(vk.vkResetFences(device_->handle(), 1, &slot.fence), "vkResetFences");
    VkSubmitInfo info{VK_STRUCTURE_TYPE_SUBMIT_INFO};
    info.commandBufferCount = 1;
    info.pCommandBuffers = &slot.commands;
    check(device_->submit(info, slot.fence), "vkQueueSubmit");
    slot.busy = true;
}

void Transfer::wait(Slot& slot) {
    if (!slot.busy) return;
    slot.busy = false;
    check(device_->vk().vkWaitForFences(device_->handle(), 1, &slot.fence, VK_TRUE, UINT64_MAX), "vkWaitForFences");
}

void Transfer::write(const Buffer& to, uint64_t at, uint64_t bytes, uint64_t unit,
                     const std::function<void(uint64_t, uint64_t, std::byte*)>& fill) {
    const uint64_t most = slots_[0].staging.size() / unit * unit;
    for (uint64_t done = 0; done < bytes;) {
        const uint64_t n = std::min(most, bytes - done);
        Slot& slot = next();
        fill(done, done + n, slot.staging.data());
        begin(slot);
        const VkBufferCopy region{0, at + done, n};
        device_->vk().vkCmdCopyBuffer(slot.commands, slot.staging.handle(), to.handle(), 1, &region);
        submit(slot);
        done += n;
    }
}

void Transfer::write(const Buffer& to, uint64_t at, const void* data, uint64_t bytes) {
    write(to, at, bytes, 1, [&](uint64_t begin, uint64_t end, std::byte* out) {
        std::memcpy(out, static_cast<const std::byte*>(data) + begin, end - begin);
    });
}

void Transfer::read(const Buffer& from, uint64_t at, void* data, uint64_t bytes) {
    for (uint64_t done = 0; done < bytes;) {
        Slot& slot = next();
        const uint64_t n = std::min(slot.staging.size(), bytes - done);
        begin(slot);
        const VkBufferCopy region{at + done, 0, n};
        device_->vk().vkCmdCopyBuffer(slot.commands, from.handle(), slot.staging.handle(), 1, &region);
        submit(slot);
        wait(slot);
        std::memcpy(static_cast<std::byte*>(data) + done, slot.staging.data(), n);
        done += n;
    }
}

void Transfer::copy(const Buffer& buffer, uint64_t from, uint64_t to, uint64_t bytes) {
    Slot& slot = next();
    begin(slot);
    const VkBufferCopy region{from, to, bytes};
    device_->vk().vkCmdCopyBuffer(slot.commands, buffer.handle(), buffer.handle(), 1, &region);
    submit(slot);
}

void Transfer::clear(const Buffer& buffer) {
    if (buffer.size() == 0) return;
    Slot& slot = next();
    begin(slot);
    device_->vk().vkCmdFillBuffer(slot.commands, buffer.handle(), 0, VK_WHOLE_SIZE, 0);
    submit(slot);
}

void Transfer::finish() {
    for (Slot& slot : slots_) wait(slot);
}

}  // namespace dlgo::vulkan
