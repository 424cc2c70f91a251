#include "backends/vulkan/session.h"

#include <algorithm>
#include <new>

#include "backends/vulkan/ops/ops.h"
#include "backends/vulkan/program.h"
#include "core/base/error.h"

namespace dlgo::vulkan {

namespace {

template <typename Call>
dlgo_status caught(const Call& call) noexcept {
    try {
        call();
        return DLGO_OK;
    } catch (const Error& e) {
        return e.code();
    } catch (const std::bad_alloc&) {
        return DLGO_ERROR_OUT_OF_MEMORY;
    } catch (...) {
        return DLGO_ERROR_INTERNAL;
    }
}

// Positions [begin, end) in pieces that lie together in the ring: visit(entry, n, offset from begin).
template <typename Visit>
void each_run(uint32_t capacity, uint32_t begin, uint32_t end, const Visit& visit) {
    for (uint32_t p = begin; p < end;) {
        const uint32_t n = std::min(end - p, capacity - p % capacity);
        visit(p % capacity, n, p - begin);
        p += n;
    }
}

// One of a cache's two arrays and its part of the flat layout of DeviceSession::read_state.
struct Half {
    const Buffer& buffer;
    uint64_t entry, padded;  // bytes of a head
    uint64_t at;             // in the flat layout
};

std::array<Half, 2> halves(const Cache& c, uint32_t n) {
    const uint64_t k = uint64_t{c.k_dim} * c.value_bytes(), v = uint64_t{c.v_dim} * c.value_bytes();
    return {Half{c.keys, k, c.padded(c.k_dim), 0}, Half{c.values, v, c.padded(c.v_dim), uint64_t{n} * c.n_head * k}};
}

}  // namespace

Session::Session(std::shared_ptr<const Model> model, std::span<const uint32_t> placed, const SessionSpec& spec)
    : model_(std::move(model)), memory_(model_->device, *model_->plan, *model_->weights, placed, spec) {}

std::unique_ptr<Program> Session::compile(std::span<const Step> steps, uint32_t max_rows) {
    if (max_rows == 0 || max_rows > memory_.spec.n_ubatch) {
        fail(DLGO_ERROR_INVALID_ARGUMENT, "a program for %u rows in a session for %u", max_rows, memory_.spec.n_ubatch);
    }
    Compiler compiler(*model_, memory_, max_rows);
    for (const Step& step : steps) {
        const size_t first = compiler.dispatches.size();
        std::visit([&](const auto& op) { vulkan::compile(op, compiler); }, step.op);
        for (size_t i = first; i < compiler.dispatches.size(); ++i) compiler.dispatches[i].layer = step.layer;
    }
    model_->device->pipelines().save();
    return std::make_unique<VulkanProgram>(*model_, memory_, std::move(compiler));
}

dlgo_status Session::read_buffer(uint16_t buffer, uint32_t rows, float* out) noexcept {
    if (buffer >= memory_.layout.buffers.size() || rows > memory_.spec.n_ubatch) return DLGO_ERROR_INVALID_ARGUMENT;
    return caught([&] {
        memory_.transfer.read(memory_.act, memory_.layout.buffers[buffer] * sizeof(float), out,
                              uint64_t{rows} * model_->plan->buffers[buffer] * sizeof(float));
    });
}

dlgo_status Session::write_buffer(uint16_t buffer, uint32_t rows, const float* in) noexcept {
    if (buffer >= memory_.layout.buffers.size() || rows > memory_.spec.n_ubatch) return DLGO_ERROR_INVALID_ARGUMENT;
    return caught([&] {
        memory_.transfer.write(memory_.act, memory_.layout.buffers[buffer] * sizeof(float), in,
                               uint64_t{rows} * model_->plan->buffers[buffer] * sizeof(float));
        memory_.transfer.finish();
    });
}

dlgo_status Session::move_row(uint16_t buffer, uint32_t from) noexcept {
    if (buffer >= memory_.layout.buffers.size() || from >= memory_.spec.n_ubatch) return DLGO_ERROR_INVALID_ARGUMENT;
    if (from == 0) return DLGO_OK;
    return caught([&] {
        const uint64_t first = memory_.layout.buffers[buffer] * sizeof(float), bytes = model_->plan->buffers[buffer] * sizeof(float);
        memory_.transfer.copy(memory_.act, first + from * bytes, first, bytes);
    });
}

bool Session::holds(uint16_t state, uint32_t begin, uint32_t end) const noexcept {
    return state < memory_.caches.size() && memory_.caches[state].capacity > 0 && begin <= end && end - begin <= memory_.caches[state].capacity;
}

dlgo_status Session::read_state(uint16_t state, uint32_t begin, uint32_t end, void* out) noexcept {
    if (!holds(state, begin, end)) return DLGO_ERROR_INVALID_ARGUMENT;
    return caught([&] {
        const Cache& c = memory_.caches[state];
        std::vector<std::byte> padded;
        for (const Half& h : halves(c, end - begin)) {
            each_run(c.capacity, begin, end, [&](uint32_t entry, uint32_t n, uint32_t at) {
                padded.resize(uint64_t{n} * c.n_head * h.padded);
                memory_.transfer.read(h.buffer, uint64_t{entry} * c.n_head * h.padded, padded.data(), padded.size());
                std::byte* to = static_cast<std::byte*>(out) + h.at + uint64_t{at} * c.n_head * h.entry;
                for (uint64_t i = 0; i < uint64_t{n} * c.n_head; ++i) std::memcpy(to + i * h.entry, padded.data() + i * h.padded, h.entry);
            });
        }
    });
}

dlgo_status Session::write_state(uint16_t state, uint32_t begin, uint32_t end, const void* in) noexcept {
    if (!holds(state, begin, end)) return DLGO_ERROR_INVALID_ARGUMENT;
    return caught([&] {
        const Cache& c = memory_.caches[state];
        for (const Half& h : halves(c, end - begin)) {
            each_run(c.capacity, begin, end, [&](uint32_t entry, uint32_t n, uint32_t at) {
                std::vector<std::byte> padded(uint64_t{n} * c.n_head * h.padded);
                const std::byte* from = static_cast<const std::byte*>(in) + h.at + uint64_t{at} * c.n_head * h.entry;
                for (uint64_t i = 0; i < uint64_t{n} * c.n_head; ++i) std::memcpy(padded.data() + i * h.padded, from + i * h.entry, h.entry);
                memory_.transfer.write(h.buffer, uint64_t{entry} * c.n_head * h.padded, padded.data(), padded.size());
            });
        }
        memory_.transfer.finish();
    });
}

}  // namespace dlgo::vulkan
