// The CPU as a device.
#pragma once
#include <memory>

#include "backends/backend.h"

namespace dlgo {

// threads: 0 = one for each physical core. isa: nullptr = DLGO_ISA or the best one. Throws when the machine cannot run it.
// may_copy: if weights take little of the free memory, load() reads them all, and may copy them to where this processor reads them faster.
std::unique_ptr<Backend> make_cpu_backend(int threads, const char* isa, bool may_copy = false);

}  // namespace dlgo
