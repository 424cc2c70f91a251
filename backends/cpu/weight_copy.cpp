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

struct Pieces {
    std::vector<Piece> all;
    std::vector<uint64_t> places;  // of the matrices in the copy
    uint64_t size = 0;             // of the copy
};

Pieces divide(const Weights& weights, std::span<const MatrixId> ids) {
    constexpr uint64_t kPiece = 2 << 20, kAlignment = 64;
    Pieces pieces;
    for (const MatrixId id : ids) {
        const Matrix& m = weights.matrices[id];
        pieces.places.push_back(pieces.size);
        for (uint64_t at = 0; at < m.bytes(); at += kPiece) pieces.all.push_back({m.data + at, pieces.size + at, std::min(kPiece, m.bytes() - at)});
        pieces.size += (m.bytes() + kAlignment - 1) / kAlignment * kAlignment;
    }
    return pieces;
}

}  // namespace

std::shared_ptr<const Weights> copy_weights(const std::shared_ptr<const Weights>& weights, std::span<const MatrixId> ids, ThreadPool& pool) {
    auto copy = std::make_shared<CopiedWeights>();
    copy->file = weights->file;
    copy->matrices = weights->matrices;
    copy->params = weights->params;

    const Pieces pieces = divide(*weights, ids);
    copy->memory = Memory::large_pages(pieces.size, "weights");
    pool.run(nullptr, [&](Worker& worker) {
        worker.share(static_cast<uint32_t>(pieces.all.size()), [&](uint32_t i) {
            const Piece& p = pieces.all[i];
            std::memcpy(copy->memory.data() + p.to, p.from, p.bytes);
            copy->file->release(p.from, p.bytes);
        });
    });
    for (size_t i = 0; i < ids.size(); ++i) copy->matrices[ids[i]].data = reinterpret_cast<const uint8_t*>(copy->memory.data()) + pieces.places[i];
    copy->original = weights;
    return copy;
}

void populate_weights(const Weights& weights, std::span<const MatrixId> ids, ThreadPool& pool) {
    const std::vector<Piece> pieces = divide(weights, ids).all;
    pool.run(nullptr, [&](Worker& worker) {
        worker.share(static_cast<uint32_t>(pieces.size()), [&](uint32_t i) { weights.file->populate(pieces[i].from, pieces[i].bytes); });
    });
}

}  // namespace dlgo::cpu
