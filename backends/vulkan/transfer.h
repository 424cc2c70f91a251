// Copies between host and GPU memory, through two staging buffers of which one is filled while the other is copied.
#pragma once
#include <functional>

#include "backends/vulkan/buffer.h"

namespace dlgo::vulkan {

class Transfer {
public:
    Transfer(std::shared_ptr<Device> device, uint64_t staging_bytes);
    ~Transfer();
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    // fill(begin, end, out) writes bytes [begin, end) of what goes to `to` from `at` on; ends are multiples of `unit` bytes (or the end).
    void write(const Buffer& to, uint64_t at, uint64_t bytes, uint64_t unit,
               const std::function<void(uint64_t begin, uint64_t end, std::byte* out)>& fill);
    void write(const Buffer& to, uint64_t at, const void* data, uint64_t bytes);
    void read(const Buffer& from, uint64_t at, void* data, uint64_t bytes);
    // Inside a buffer, to where it does not overlap.
    void copy(const Buffer& buffer, uint64_t from, uint64_t to, uint64_t bytes);
    void clear(const Buffer& buffer);
    // Until all copies are done.
    void finish();

private:
    struct Slot {
        Buffer staging;
        VkCommandBuffer commands = VK_NULL_HANDLE;
        VkFence fence = VK_NULL_HANDLE;
        bool busy = false;
    };
    Slot& next();
    void begin(Slot& slot);
    void submit(Slot& slot);
    void wait(Slot& slot);

    std::shared_ptr<Device> device_;
    VkCommandPool pool_ = VK_NULL_HANDLE;
    Slot slots_[2];
    uint32_t turn_ = 0;
};

}  // namespace dlgo::vulkan
