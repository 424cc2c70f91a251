// Weights that are all in memory before the first token. A mapped file has pages of 4 KB, and some processors look up so many of them at a cost: each token
// reads all weights.
#pragma once
#include <memory>
#include <span>

#include "backends/cpu/thread_pool.h"
#include "core/plan/weights.h"

namespace dlgo::cpu {

// The same weights with a copy of the matrices `ids` in pages of 2 MB, whose parts of a mapped file leave this process's memory. Errors: OUT_OF_MEMORY.
std::shared_ptr<const Weights> copy_weights(const std::shared_ptr<const Weights>& weights, std::span<const MatrixId> ids, ThreadPool& pool);

// Reads what is mapped of these matrices, and makes it this process's.
void populate_weights(const Weights& weights, std::span<const MatrixId> ids, ThreadPool& pool);

}  // namespace dlgo::cpu
