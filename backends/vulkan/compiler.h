// What compiling a step into dispatches needs to know, and what comes out.
#pragma once
#include <array>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "backends/vulkan/pipelines.h"
#include "backends/vulkan/push.h"
#include "backends/vulkan/session_memory.h"
#include "backends/vulkan/weight_store.h"

namespace dlgo::vulkan {

// What a recording depends on; all else is in RunParams.
struct Shape {
    uint32_t rows = 0, logits_rows = 0;
    auto operator<=>(const Shape&) const = default;
};

using Groups = std::array<uint32_t, 3>;

struct Dispatch {
    VkPipeline pipeline = VK_NULL_HANDLE;
    std::array<std::byte, kPushBytes> push{};
    std::function<Groups(const Shape&)> groups;  // a zero: not in this shape
    bool waits = true;                           // for what was dispatched before
    const char* name = "";
    uint64_t weight_bytes = 0;                   // that it reads
    uint16_t layer = 0;
    bool head = false;
    int32_t probe = -1;                          // >= 0: no dispatch, but this one of the program's probes
};

// What all sessions of a model share.
struct Model {
    std::shared_ptr<Device> device;
    std::shared_ptr<const Plan> plan;
    std::shared_ptr<const Weights> weights;
    std::unique_ptr<WeightStore> store;
};

class Compiler {
public:
    Compiler(const Model& m, SessionMemory& s, uint32_t rows) : model(m), session(s), max_rows(rows) {}

    const Model& model;
    SessionMemory& session;
    const uint32_t max_rows;
    std::vector<Dispatch> dispatches;
    std::vector<Probe> probes;

    // Offset and row width of a view in floats; kNone and 0 for one that is not there.
    uint32_t at(View v) const noexcept { return v.valid() ? static_cast<uint32_t>(session.layout.buffers[v.buffer] + v.offset) : kNone; }
    uint32_t stride(View v) const noexcept { return v.valid() ? model.plan->buffers[v.buffer] : 0; }
    uint32_t scratch() const noexcept { return static_cast<uint32_t>(session.layout.scratch); }
    VkDeviceAddress act() const noexcept { return session.act.address(); }
    VkDeviceAddress params() const noexcept { return model.store->params(); }
    VkDeviceAddress run() const noexcept { return session.run.address(); }
    VkDeviceAddress rope(const RopeSpec& spec) const noexcept;
    uint32_t param(ParamId id) const noexcept { return model.store->param_at(id); }

    template <typename Args>
    Dispatch& add(const char* name, const std::string& shader, const Constants& constants, const Args& args,
                  std::function<Groups(const Shape&)> groups, uint32_t subgroup = 0) {
        static_assert(sizeof(Args) <= kPushBytes);
        Dispatch d;
        d.pipeline = model.device->pipelines().get(shader, constants, subgroup);
        std::memcpy(d.push.data(), &args, sizeof args);
        d.groups = std::move(groups);
        d.name = name;
        dispatches.push_back(std::move(d));
        return dispatches.back();
    }
};

inline uint32_t ceil_div(uint32_t n, uint32_t by) noexcept { return (n + by - 1) / by; }

}  // namespace dlgo::vulkan
