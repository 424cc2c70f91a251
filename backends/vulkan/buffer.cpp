#include "backends/vulkan/buffer.h"

#include <utility>

#include "core/base/error.h"

namespace dlgo::vulkan {

namespace {

struct Flags {
    VkMemoryPropertyFlags needed, wanted;
};

Flags memory_flags(Place place) {
    constexpr VkMemoryPropertyFlags kHost = VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT;
    switch (place) {
        case Place::Device: return {VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, 0};
        case Place::Upload: return {kHost, VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT};
        case Place::Host: return {kHost, VK_MEMORY_PROPERTY_HOST_CACHED_BIT};
    }
    return {};
}

}  // namespace

Buffer::Buffer(std::shared_ptr<Device> device, uint64_t bytes, Place place, const char* purpose) : device_(std::move(device)), size_(bytes) {
    if (bytes == 0) return;
    const VolkDeviceTable& vk = device_->vk();
    const auto attempt = [&]() -> VkResult {
        VkBufferCreateInfo info{VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO};
        info.size = bytes;
        info.usage = VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT |
                     VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT;
        VkResult result = vk.vkCreateBuffer(device_->handle(), &info, nullptr, &handle_);
        if (result != VK_SUCCESS) return result;
        VkMemoryRequirements needs;
        vk.vkGetBufferMemoryRequirements(device_->handle(), handle_, &needs);
        if (needs.size > device_->physical().max_allocation) return VK_ERROR_OUT_OF_DEVICE_MEMORY;
        const Flags flags = memory_flags(place);
        VkMemoryAllocateFlagsInfo address{VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_FLAGS_INFO};
        address.flags = VK_MEMORY_ALLOCATE_DEVICE_ADDRESS_BIT;
        VkMemoryAllocateInfo allocate{VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO, &address};
        allocate.allocationSize = needs.size;
        allocate.memoryTypeIndex = device_->memory_type(needs.memoryTypeBits, flags.needed, flags.wanted);
        result = vk.vkAllocateMemory(device_->handle(), &allocate, nullptr, &memory_);
        if (result != VK_SUCCESS && flags.wanted) {  // the better memory may be small
            allocate.memoryTypeIndex = device_->memory_type(needs.memoryTypeBits, flags.needed, 0);
            result = vk.vkAllocateMemory(device_->handle(), &allocate, nullptr, &memory_);
        }
        if (result == VK_SUCCESS) result = vk.vkBindBufferMemory(device_->handle(), handle_, memory_, 0);
        if (result == VK_SUCCESS && place != Place::Device) {
            void* data = nullptr;
            result = vk.vkMapMemory(device_->handle(), memory_, 0, VK_WHOLE_SIZE, 0, &data);
            data_ = static_cast<std::byte*>(data);
        }
        return result;
    };
    const VkResult result = attempt();
    if (result != VK_SUCCESS) {
        *this = Buffer();
        fail(status_of(result), "%llu bytes of GPU memory for %s: VkResult %d", static_cast<unsigned long long>(bytes), purpose, result);
    }
    VkBufferDeviceAddressInfo info{VK_STRUCTURE_TYPE_BUFFER_DEVICE_ADDRESS_INFO};
    info.buffer = handle_;
    address_ = vk.vkGetBufferDeviceAddress(device_->handle(), &info);
}

Buffer::~Buffer() {
    if (handle_) device_->vk().vkDestroyBuffer(device_->handle(), handle_, nullptr);
    if (memory_) device_->vk().vkFreeMemory(device_->handle(), memory_, nullptr);
}

Buffer& Buffer::operator=(Buffer&& other) noexcept {
    std::swap(device_, other.device_);
    std::swap(handle_, other.handle_);
    std::swap(memory_, other.memory_);
    std::swap(address_, other.address_);
    std::swap(size_, other.size_);
    std::swap(data_, other.data_);
    return *this;
}

}  // namespace dlgo::vulkan
