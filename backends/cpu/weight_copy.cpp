#include "backends/cpu/weight_copy.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "backends/cpu/memory.h"
#include "core/gguf/gguf.h"

namespace dlgo::cpu {

namespace {

struct CopiedWeights : Weights {
    std::shared_ptr<const Weights> original;  // has the matrices that were not copied
    Memory memory;
};

// What one thread copies at a time.
struct Piece {
    const uint8_t* from;
    uint64_t to, bytes;
};

}  // namespace

std::shared_ptr<const Weights> copy_weights(const std::shared_ptr<const Weights>& weights, std::span<const MatrixId> ids, ThreadPool& pool) {
    constexpr uint64_t kPiece = 2 << 20, kAlignment = 64;
    auto copy = std::make_shared<CopiedWeights>();
    copy->file = weights->file;
    copy->matrices = weights->matrices;
    copy->params = weights->params;

    std::vector<Piece> pieces;
    uint64_t size = 0;
    std::vector<uint64_t> places;
    for (const MatrixId id : ids) {
        const Matrix& m = weights->matrices[id];
        places.push_back(size);
        for (uint64_t at = 0; at < m.bytes(); at += kPiece) pieces.push_back({m.data + at, size + at, std::min(kPiece, m.bytes() - at)});
        size += (m.bytes() + kAlignment - 1) / kAlignment * kAlignment;
    }
    copy->memory = Memory::large_pages(size, "weights");
    pool.run(nullptr, [&](Worker& worker) {
        worker.share(static_cast<uint32_t>(pieces.size()), [&](uint32_t i) {
            const Piece& p = pieces[i];
            std::memcpy(copy->memory.data() + p.to, p.from, p.bytes);
            copy->file->release(p.from, p.bytes);
        });
    });
    for (size_t i = 0; i < ids.size(); ++i) copy->matrices[ids[i]].data = reinterpret_cast<const uint8_t*>(copy->memory.data()) + places[i];
    copy->original = weights;
    return copy;
}

}  // namespace dlgo::cpu
