// Decode: one row against the cache, split over the positions. Workgroup: a key head, kHeads of its query heads, one split. The split that
// holds the row's own position appends its key and value first; the one that is done last merges the results of all.
#version 460
#extension GL_GOOGLE_include_directive : require
layout(local_size_x = 128) in;
const uint kThreads = 128;
#include "lib/memory.glsl"
#include "lib/reduce.glsl"
#include "lib/activation.glsl"
#include "lib/attend.glsl"
#include "lib/head.glsl"
#include "lib/split.glsl"

layout(constant_id = 8) const uint kHeads = 1;

const uint kQueryVectors = (kDim + 7) / 8 * 2;  // of four values, zero behind the end
const uint kPairs = (kValueDim + 1) / 2;                     // of a value
const uint kPairsEach = (kPairs + kThreads - 1) / kThreads;  // of a thread
const uint kTeams = kPairs < kThreads ? kThreads / kPairs : 1;             // threads with the same pair share the positions
shared vec4 q[kHeads * kQueryVectors];
shared float p[kHeads * kThreads];            // weights of a tile of positions
shared float part[kThreads * 2];              // sums of pairs of values
shared float heads_part[kHeads * kThreads];   // of subgroups
shared bool last_one;

// A subgroup norms, rotates and scales a head's query at a time.
void load_queries(uint first_head, uint position) {
    for (uint h = gl_SubgroupID; h < kHeads; h += gl_NumSubgroups) {
        const uint at = q_at + min(first_head + h, n_head - 1) * q_stride;
        float factor = 1;
        if ((kNorms & 1) != 0) {
            float sum = 0;
            for (uint i = gl_SubgroupInvocationID; i < kDim; i += gl_SubgroupSize) sum += act.v[at + i] * act.v[at + i];
            factor = inversesqrt(subgroupAdd(sum) / kDim + q_eps);
        }
        const float s = scale * temperature(position);
        for (uint i = gl_SubgroupInvocationID; i < kQueryVectors; i += gl_SubgroupSize) {
            vec4 x = vec4(0);
            for (uint e = 0; e < 4 && 4 * i + e < kDim; ++e) x[e] = s * head_value(0, at, 4 * i + e, factor, q_norm);
            q[h * kQueryVectors + i] = x;
        }
    }
}

// Each head's maximum, or sum, over all threads.
void over_threads(bool maximum, inout float x[kHeads]) {
    barrier();
    [[unroll]] for (uint h = 0; h < kHeads; ++h) {
        const float y = maximum ? subgroupMax(x[h]) : subgroupAdd(x[h]);
        if (subgroupElect()) heads_part[h * gl_NumSubgroups + gl_SubgroupID] = y;
    }
    barrier();
    [[unroll]] for (uint h = 0; h < kHeads; ++h) {
        x[h] = heads_part[h * gl_NumSubgroups];
        for (uint i = 1; i < gl_NumSubgroups; ++i) {
            const float y = heads_part[h * gl_NumSubgroups + i];
            x[h] = maximum ? max(x[h], y) : x[h] + y;
        }
    }
}

// Of all splits in use, one result: the gated output of a head.
void merge(uint head, uint n) {
    Parts parts = Parts(act);
    float most = sinks == kNone ? kNever : params.v[sinks + head];
    for (uint s = 0; s < n; ++s) most = max(most, parts.v[split_at(head, s)]);
    float total = sinks == kNone ? 0 : exp(params.v[sinks + head] - most);
    for (uint s = 0; s < n; ++s) total += parts.v[split_at(head, s) + 1] * exp(parts.v[split_at(head, s)] - most);
    for (uint i = gl_LocalInvocationID.x; i < kValueDim; i += kThreads) {
        float sum = 0;
        for (uint s = 0; s < n; ++s) sum += parts.v[split_at(head, s) + 2 + i] * exp(parts.v[split_at(head, s)] - most);
        sum /= total;
        if (gate_at != kNone) sum *= sigmoid(act.v[gate_at + head * gate_stride + i]);
        act.v[out_at + head * kValueDim + i] = sum;
    }
}

void main() {
    const uint split = gl_WorkGroupID.x, kv_head = gl_WorkGroupID.y, per_kv = n_head / n_head_kv;
    const uint head_in_group = gl_WorkGroupID.z * kHeads, first_head = kv_head * per_kv + head_in_group;
    const uint position = run.position, t = gl_LocalInvocationID.x;
    const uint begin = split_begin(position, split), end = split_begin(position, split + 1);
    if (begin >= end) return;
    load_queries(first_head, position);
    if (kAppend && end == position + 1) {
        append(0, kv_head);
        memoryBarrierBuffer();
    }
    barrier();

    float most[kHeads], total[kHeads];
    vec2 sum[kHeads * kPairsEach];
    [[unroll]] for (uint h = 0; h < kHeads; ++h) {
        most[h] = kNever;
        total[h] = 0;
    }
    [[unroll]] for (uint i = 0; i < kHeads * kPairsEach; ++i) sum[i] = vec2(0);
    const uint team = kTeams > 1 ? t / kPairs : 0, pair = kTeams > 1 ? t % kPairs : t;

    for (uint tile = begin; tile < end; tile += kThreads) {
        const uint n = min(kThreads, end - tile);
        float s[kHeads];
        [[unroll]] for (uint h = 0; h < kHeads; ++h) s[h] = 0;
        if (t < n) {
            const uint at = key_at(tile + t, kv_head) / 4;
            for (uint i = 0; i < kKeyVectors; ++i) {
                const uvec4 k = Blocks(keys).v[at + i];
                const uint qi = kHalf ? 2 * i : i;
                [[unroll]] for (uint h = 0; h < kHeads; ++h) {
                    s[h] += key_dot(k, q[h * kQueryVectors + qi], kHalf ? q[h * kQueryVectors + qi + 1] : vec4(0));
                }
            }
        }
        float highest[kHeads];
        [[unroll]] for (uint h = 0; h < kHeads; ++h) highest[h] = s[h] = t < n ? capped(s[h]) : kNever;
        over_threads(true, highest);
        [[unroll]] for (uint h = 0; h < kHeads; ++h) {
            const float now = max(most[h], highest[h]);
            const float weight = t < n ? exp(s[h] - now) : 0, old = exp(most[h] - now);
            p[h * kThreads + t] = weight;
            total[h] = total[h] * old + weight;  // of this thread's positions
            [[unroll]] for (uint e = 0; e < kPairsEach; ++e) sum[h * kPairsEach + e] *= old;
            most[h] = now;
        }
        barrier();
        [[unroll]] for (uint e = 0; e < kPairsEach; ++e) {
            const uint i = 2 * (pair + e * kThreads);
            if (team >= kTeams || i >= kValueDim) continue;
            for (uint j = team; j < n; j += kTeams) {
                const vec2 v = load_pair(values, value_at(tile + j, kv_head), i);
                [[unroll]] for (uint h = 0; h < kHeads; ++h) sum[h * kPairsEach + e] += p[h * kThreads + j] * v;
            }
        }
        barrier();
    }

    over_threads(false, total);
    Parts parts = Parts(act);
    [[unroll]] for (uint h = 0; h < kHeads; ++h) {
        if (kTeams > 1) {
            part[2 * t] = sum[h].x;
            part[2 * t + 1] = sum[h].y;
            barrier();
            if (team == 0) {
                for (uint i = 1; i < kTeams; ++i) sum[h] += vec2(part[2 * (t + i * kPairs)], part[2 * (t + i * kPairs) + 1]);
            }
            barrier();
        }
        if (head_in_group + h >= per_kv) continue;
        const uint to = split_at(first_head + h, split);
        if (t == 0) {
            parts.v[to] = most[h];
            parts.v[to + 1] = total[h];
        }
        [[unroll]] for (uint e = 0; e < kPairsEach; ++e) {
            const uint i = 2 * (pair + e * kThreads);
            if (team > 0 || i >= kValueDim) continue;
            parts.v[to + 2 + i] = sum[h * kPairsEach + e].x;
            parts.v[to + 3 + i] = sum[h * kPairsEach + e].y;
        }
    }

    // Who counts the last split, merges; the counter is zero again for the next run.
    const uint n_used = splits_in_use(position), counter = counter_at(kv_head, gl_WorkGroupID.z);
    memoryBarrierBuffer();
    barrier();
    if (t == 0) {
        last_one = atomicAdd(Words(act).v[counter], 1) == n_used - 1;
        if (last_one) Words(act).v[counter] = 0;
    }
    barrier();
    if (!last_one) return;
    memoryBarrierBuffer();
    for (uint h = 0; h < kHeads && head_in_group + h < per_kv; ++h) merge(first_head + h, n_used);
}
