// Attend. One row: attend_vec over splits of the positions. More rows, or no queries: attend_append, then attend_mat.
#include <algorithm>

#include "backends/vulkan/compiler.h"
#include "backends/vulkan/ops/ops.h"

namespace dlgo::vulkan {

namespace {

constexpr uint32_t kWantedGroups = 256;  // of attend_vec
constexpr uint32_t kMostSplits = 64;
constexpr uint32_t kMostHeads = 8;       // query heads of a workgroup of attend_vec
constexpr uint32_t kMostDim = 256;       // what fits into shared memory
constexpr uint32_t kQueries = 16;        // of a workgroup of attend_mat

// Arguments of shaders/lib/attend.glsl.
struct AttendArgs {
    VkDeviceAddress act, params, run, rope, keys, values;
    uint32_t q_at, q_row, q_stride, k_at, v_at, kv_row, gate_at, gate_row, gate_stride, out_at, out_row, n_head, n_head_kv;
    uint32_t q_norm, k_norm, v_norm;
    float q_eps, k_eps, v_eps;
    uint32_t sinks, window, capacity;
    float scale, softcap, temp_scale;
    uint32_t temp_length, parts_at, n_split, counters_at;
};

uint32_t heads_each(const Attend& op) { return std::min(op.n_head / op.n_head_kv, kMostHeads); }
uint32_t head_groups(const Attend& op) { return ceil_div(op.n_head / op.n_head_kv, heads_each(op)); }
uint32_t n_split(const Attend& op) { return std::clamp(kWantedGroups / (op.n_head_kv * head_groups(op)), 1u, kMostSplits); }

bool simple(const NormSpec& norm) { return norm.kind == NormKind::None || (norm.kind == NormKind::Rms && norm.bias == kNoParam); }

AttendArgs arguments(const Attend& op, const Compiler& c) {
    const Cache& cache = c.session.caches[op.state];
    AttendArgs a{};
    a.act = c.act();
    a.params = c.params();
    a.run = c.run();
    a.rope = op.rope.n_rot > 0 ? c.rope(op.rope) : c.run();
    a.keys = cache.keys.address();
    a.values = cache.values.address();
    a.q_at = c.at(op.q);
    a.q_row = c.stride(op.q);
    a.q_stride = op.q_stride;
    a.k_at = c.at(op.k);
    a.v_at = c.at(op.v);
    a.kv_row = c.stride(op.k);
    a.gate_at = c.at(op.gate);
    a.gate_row = c.stride(op.gate);
    a.gate_stride = op.gate_stride;
    a.out_at = c.at(op.out);
    a.out_row = c.stride(op.out);
    a.n_head = op.q.valid() ? op.n_head : 0;
    a.n_head_kv = op.n_head_kv;
    a.q_norm = c.param(op.q_norm.weight);
    a.k_norm = c.param(op.k_norm.weight);
    a.v_norm = c.param(op.v_norm.weight);
    a.q_eps = op.q_norm.eps;
    a.k_eps = op.k_norm.eps;
    a.v_eps = op.v_norm.eps;
    a.sinks = c.param(op.sinks);
    a.window = op.window;
    a.capacity = cache.capacity;
    a.scale = op.scale;
    a.softcap = op.softcap;
    a.temp_scale = op.temp_scale;
    a.temp_length = op.temp_length;
    a.parts_at = c.scratch();
    a.n_split = n_split(op);
    a.counters_at = static_cast<uint32_t>(c.session.layout.counters);
    return a;
}

}  // namespace

bool supported(const Attend& op, const Weights&) noexcept {
    return !op.norm_all && op.k_norm_dims == 0 && !op.v_in_k && op.head_dim <= kMostDim && op.v_dim <= kMostDim && simple(op.q_norm) &&
           simple(op.k_norm) && simple(op.v_norm) && (!op.k.valid() || op.k.buffer == op.v.buffer);
}

uint64_t attend_scratch(const Attend& op, uint32_t rows) noexcept {
    return std::max(uint64_t{rows} * op.n_head * op.head_dim, uint64_t{op.n_head} * n_split(op) * (op.v_dim + 3));
}

uint32_t attend_counters(const Attend& op) noexcept { return op.n_head_kv * head_groups(op); }

void compile(const Attend& op, Compiler& c) {
    const AttendArgs args = arguments(op, c);
    const bool append = op.k.valid();
    const uint32_t norms = (op.q_norm.kind != NormKind::None ? 1 : 0) | (op.k_norm.kind != NormKind::None ? 2 : 0) |
                           (op.v_norm.kind != NormKind::None ? 4 : 0);
    Constants constants{op.head_dim, op.v_dim, c.session.spec.cache_type == CacheType::F16, op.rope.n_rot, op.rope.offset, op.rope.adjacent,
                        norms, append};
    if (!op.q.valid()) {
        c.add("append", "attend_append", constants, args, [heads = op.n_head_kv](const Shape& s) { return Groups{heads, s.rows, 1}; });
        return;
    }
    if (c.max_rows > 1) {
        const uint32_t heads = op.n_head + (append ? op.n_head_kv : 0), n_head = op.n_head;
        c.add("append", "attend_append", constants, args, [heads](const Shape& s) { return s.rows > 1 ? Groups{heads, s.rows, 1} : Groups{}; });
        c.add("attend", "attend_mat", constants, args,
              [n_head](const Shape& s) { return s.rows > 1 ? Groups{ceil_div(s.rows, kQueries), n_head, 1} : Groups{}; });
    }
    const Groups vec{args.n_split, op.n_head_kv, head_groups(op)};
    constants.push_back(heads_each(op));
    c.add("attend", "attend_vec", constants, args, [vec](const Shape& s) { return s.rows == 1 ? vec : Groups{}; });
}

}  // namespace dlgo::vulkan
