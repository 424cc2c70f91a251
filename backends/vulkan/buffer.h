// Memory with an address that shaders can use.
#pragma once
#include <cstddef>
#include <memory>

#include "backends/vulkan/device.h"

namespace dlgo::vulkan {

enum class Place : uint8_t {
    Device,    // the GPU's own memory
    Upload,    // written by the host, read by the GPU in place: the GPU's own memory where the host can map that
    Host,      // copied to and from; the host reads it through its caches
};

class Buffer {
public:
    Buffer() = default;
    // OUT_OF_MEMORY names the bytes and the purpose. 0 bytes: an empty buffer without address.
    Buffer(std::shared_ptr<Device> device, uint64_t bytes, Place place, const char* purpose);
    ~Buffer();
    Buffer(Buffer&& other) noexcept { *this = std::move(other); }
    Buffer& operator=(Buffer&& other) noexcept;

    VkBuffer handle() const noexcept { return handle_; }
    VkDeviceAddress address() const noexcept { return address_; }
    uint64_t size() const noexcept { return size_; }
    std::byte* data() const noexcept { return data_; }  // nullptr for Place::Device

private:
    std::shared_ptr<Device> device_;
    VkBuffer handle_ = VK_NULL_HANDLE;
    VkDeviceMemory memory_ = VK_NULL_HANDLE;
    VkDeviceAddress address_ = 0;
    uint64_t size_ = 0;
    std::byte* data_ = nullptr;
};

}  // namespace dlgo::vulkan
