// Decode: one row against the cache, split over the positions. Workgroup: a key head, kHeads of its query heads, one split. The split that
// holds the row's own position appends its key and value first. Partial results are merged by attend_merge.
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
shared float p[kHeads * kThreads];   // scores, then weights, of a tile of positions
shared float part[kTeams > 1 ? kThreads * 2 : 1];

void load_queries(uint first_head, uint position) {
    for (uint h = 0; h < kHeads; ++h) {
        const uint at = q_at + min(first_head + h, n_head - 1) * q_stride;
        const float factor = norm_factor((kNorms & 1) != 0, at, kDim, q_eps), s = scale * temperature(position);
        for (uint i = gl_LocalInvocationID.x; i < kQueryVectors; i += kThreads) {
            vec4 x = vec4(0);
            for (uint e = 0; e < 4 && 4 * i + e < kDim; ++e) x[e] = s * head_value(0, at, 4 * i + e, factor, q_norm);
            q[h * kQueryVectors + i] = x;
        }
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
        [[unroll]] for (uint h = 0; h < kHeads; ++h) {
            s[h] = t < n ? capped(s[h]) : kNever;
            const float now = max(most[h], workgroup_max(s[h]));
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

    [[unroll]] for (uint h = 0; h < kHeads; ++h) {
        const float whole = workgroup_sum(total[h]);
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
            act.v[to] = most[h];
            act.v[to + 1] = whole;
        }
        [[unroll]] for (uint e = 0; e < kPairsEach; ++e) {
            const uint i = 2 * (pair + e * kThreads);
            if (team > 0 || i >= kValueDim) continue;
            act.v[to + 2 + i] = sum[h * kPairsEach + e].x;
            act.v[to + 3 + i] = sum[h * kPairsEach + e].y;
        }
    }
}
