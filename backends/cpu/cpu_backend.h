// The CPU as a device.
#pragma once
#include <memory>

#include "backends/backend.h"

namespace dlgo {

// threads: 0 = one for each physical core. isa: nullptr = DLGO_ISA or the best one. Throws when the machine cannot run it.
// may_copy: load() may copy weights to where this processor reads them faster, if they take little of the free memory.
std::unique_ptr<Backend> make_cpu_backend(int threads, const char* isa, bool may_copy = false);

}  // namespace dlgo
