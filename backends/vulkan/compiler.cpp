#include "backends/vulkan/compiler.h"

#include "backends/vulkan/ops/ops.h"
#include "core/base/error.h"

namespace dlgo::vulkan {

VkDeviceAddress Compiler::rope(const RopeSpec& spec) const noexcept {
    for (size_t i = 0; i < session.ropes.size(); ++i) {
        if (same_table(session.ropes[i], spec)) return session.run.address() + session.rope_at[i];
    }
    return session.run.address();
}

// A point where the host looks at a buffer.
void compile(const Probe& op, Compiler& c) {
    Dispatch d;
    d.name = "probe";
    d.probe = static_cast<int32_t>(c.probes.size());
    c.probes.push_back(op);
    c.dispatches.push_back(std::move(d));
}

static void refuse() { fail(DLGO_ERROR_INTERNAL, "a step was placed on a GPU that cannot do it"); }
void compile(const HeadLinear&, Compiler&) { refuse(); }
void compile(const Route&, Compiler&) { refuse(); }
void compile(const Experts&, Compiler&) { refuse(); }
void compile(const Conv&, Compiler&) { refuse(); }
void compile(const DeltaNet&, Compiler&) { refuse(); }
void compile(const Mamba2&, Compiler&) { refuse(); }

}  // namespace dlgo::vulkan
