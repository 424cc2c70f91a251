#include "backends/vulkan/session_memory.h"

#include <algorithm>
#include <set>

#include "backends/vulkan/ops/ops.h"
#include "backends/vulkan/push.h"
#include "core/base/error.h"
#include "core/plan/step_io.h"

namespace dlgo::vulkan {

namespace {

constexpr uint64_t kAlign = 64;  // floats
constexpr uint64_t kStaging = uint64_t{1} << 20;

uint64_t aligned(uint64_t n, uint64_t to) { return (n + to - 1) / to * to; }

Layout lay_out(const Plan& plan, const Weights& weights, std::span<const uint32_t> placed, const SessionSpec& spec) {
    Layout out;
    for (const uint32_t width : plan.buffers) {
        out.buffers.push_back(out.end);
        out.end += aligned(uint64_t{width} * spec.n_ubatch, kAlign);
    }
    uint64_t scratch = 0;
    uint32_t counters = 0;
    for (const uint32_t i : placed) {
        scratch = std::max(scratch, scratch_floats(plan.steps[i].op, weights, spec.n_ubatch));
        if (const auto* attend = std::get_if<Attend>(&plan.steps[i].op)) counters = std::max(counters, attend_counters(*attend));
        out.head = out.head || std::holds_alternative<Head>(plan.steps[i].op);
    }
    out.counters = out.end;
    out.scratch = out.counters + aligned(counters, kAlign);
    out.logits = out.scratch + aligned(scratch, kAlign);
    out.end = out.logits + (out.head ? uint64_t{kLogitsRows} * plan.n_vocab : 0);
    return out;
}

std::set<uint16_t> caches_of(const Plan& plan, std::span<const uint32_t> placed) {
    std::set<uint16_t> out;
    for (const uint32_t i : placed) {
        if (const uint16_t s = step_state(plan.steps[i]); s != kNoState) out.insert(s);
    }
    return out;
}

Cache shape_of(const StateSpec& s, const SessionSpec& spec) {
    Cache c;
    c.capacity = std::max(kv_capacity(s, spec), 1u);
    c.n_head = s.n_head;
    c.k_dim = s.k_dim;
    c.v_dim = s.v_dim;
    c.half = spec.cache_type == CacheType::F16;
    return c;
}

uint64_t key_bytes(const Cache& c) { return uint64_t{c.capacity} * c.n_head * c.padded(c.k_dim); }
uint64_t value_bytes(const Cache& c) { return uint64_t{c.capacity} * c.n_head * c.padded(c.v_dim); }

}  // namespace

bool same_table(const RopeSpec& a, const RopeSpec& b) noexcept {
    return a.n_rot == b.n_rot && a.inv_freq == b.inv_freq && a.magnitude == b.magnitude;
}

SessionMemory::SessionMemory(std::shared_ptr<Device> device, const Plan& plan, const Weights& weights, std::span<const uint32_t> placed,
                             const SessionSpec& s)
    : spec(s), layout(lay_out(plan, weights, placed, s)), caches(plan.states.size()), transfer(device, kStaging) {
    if (layout.end > UINT32_MAX) {
        fail(DLGO_ERROR_OUT_OF_MEMORY, "a session needs %llu bytes of activations", static_cast<unsigned long long>(layout.end * sizeof(float)));
    }
    act = Buffer(device, layout.end * sizeof(float), Place::Device, "activations");
    transfer.clear(act);
    for (const uint16_t state : caches_of(plan, placed)) {
        Cache c = shape_of(plan.states[state], spec);
        c.keys = Buffer(device, key_bytes(c), Place::Device, "the key cache");
        c.values = Buffer(device, value_bytes(c), Place::Device, "the value cache");
        transfer.clear(c.keys);
        transfer.clear(c.values);
        caches[state] = std::move(c);
    }
    uint64_t end = aligned(sizeof(RunParams), 16);
    tokens_at = end;
    end = aligned(end + spec.n_ubatch * sizeof(int32_t), 16);
    ropes_at = end;
    for (const uint32_t i : placed) {
        const auto* attend = std::get_if<Attend>(&plan.steps[i].op);
        if (!attend || attend->rope.n_rot == 0) continue;
        if (std::any_of(ropes.begin(), ropes.end(), [&](const RopeSpec& r) { return same_table(r, attend->rope); })) continue;
        ropes.push_back(attend->rope);
        rope_at.push_back(end);
        end += aligned(uint64_t{spec.n_ubatch} * attend->rope.n_rot * sizeof(float), 16);
    }
    run = Buffer(device, end, Place::Upload, "positions");
    if (layout.head) logits = Buffer(device, uint64_t{kLogitsRows} * plan.n_vocab * sizeof(float), Place::Host, "logits");
    transfer.finish();
}

MemoryUse SessionMemory::estimate(const Plan& plan, const Weights& weights, std::span<const uint32_t> placed, const SessionSpec& spec) {
    MemoryUse use;
    use.scratch = lay_out(plan, weights, placed, spec).end * sizeof(float);
    for (const uint16_t state : caches_of(plan, placed)) {
        const Cache c = shape_of(plan.states[state], spec);
        use.state += key_bytes(c) + value_bytes(c);
    }
    return use;
}

}  // namespace dlgo::vulkan
