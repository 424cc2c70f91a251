#include "core/plan/plan.h"

namespace dlgo {

const char* op_name(const Op& op) noexcept {
    static constexpr const char* kNames[] = {"embed", "linear",    "head_linear", "norm", "attend", "route", "experts",
                                             "conv",  "delta_net", "mamba2",      "head", "copy",   "probe"};
    static_assert(std::size(kNames) == std::variant_size_v<Op>);
    return kNames[op.index()];
}

}  // namespace dlgo
