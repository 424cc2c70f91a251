// Prefill: kQueries rows of one head against the cache, a tile of kKeys positions at a time, with a running softmax (Dao et al. 2022,
// arXiv 2205.14135). Queries come prepared from attend_append.
#version 460
#extension GL_GOOGLE_include_directive : require
layout(local_size_x = 128) in;
const uint kThreads = 128;
#include "lib/memory.glsl"
#include "lib/reduce.glsl"
#include "lib/activation.glsl"
#include "lib/attend.glsl"
#include "lib/head.glsl"

const uint kQueries = 16, kKeys = 32;
const uint kRounds = kQueries * kKeys / kThreads;            // scores of a thread
const uint kQueryVectors = (kDim + 7) / 8 * 2;  // of four values, zero behind the end
const uint kPairs = (kValueDim + 1) / 2;
const uint kPairsEach = (kPairs + kThreads - 1) / kThreads;
// Threads with the same pair of values divide the queries.
const uint kTeams = kPairs * 8 <= kThreads ? 8 : kPairs * 4 <= kThreads ? 4 : kPairs * 2 <= kThreads ? 2 : 1;
const uint kTeamThreads = kThreads / kTeams;
const uint kTeamQueries = kQueries / kTeams;

shared vec4 q[kQueries * kQueryVectors];
shared float p[kQueries * kKeys];
shared float most[kQueries], total[kQueries], old[kQueries];

void main() {
    const uint head = gl_WorkGroupID.y, kv_head = head / (n_head / n_head_kv), t = gl_LocalInvocationID.x;
    const uint first_row = gl_WorkGroupID.x * kQueries, n_q = min(kQueries, run.rows - first_row);
    for (uint i = t; i < kQueries * kQueryVectors; i += kThreads) {
        const uint row = i / kQueryVectors, d = i % kQueryVectors * 4;
        vec4 x = vec4(0);
        for (uint e = 0; row < n_q && e < 4 && d + e < kDim; ++e) x[e] = act.v[parts_at + ((first_row + row) * n_head + head) * kDim + d + e];
        q[i] = x;
    }
    if (t < kQueries) {
        most[t] = sinks == kNone ? kNever : params.v[sinks + head];
        total[t] = sinks == kNone ? 0 : 1;
    }
    vec2 sum[kTeamQueries * kPairsEach];
    [[unroll]] for (uint i = 0; i < kTeamQueries * kPairsEach; ++i) sum[i] = vec2(0);
    const uint team = t / kTeamThreads, pair = t % kTeamThreads;
    const uint key = t % kKeys, first_query = t / kKeys * kRounds;
    barrier();

    const uint begin = first_visible(run.position + first_row), end = run.position + first_row + n_q;
    for (uint tile = begin; tile < end; tile += kKeys) {
        const uint j = tile + key;
        float s[kRounds];
        [[unroll]] for (uint i = 0; i < kRounds; ++i) s[i] = 0;
        if (j < end) {
            const uint at = key_at(j, kv_head) / 4;
            for (uint d = 0; d < kKeyVectors; ++d) {
                const uvec4 k = Blocks(keys).v[at + d];
                const uint qd = kHalf ? 2 * d : d;
                [[unroll]] for (uint i = 0; i < kRounds; ++i) {
                    const uint qi = (first_query + i) * kQueryVectors + qd;
                    s[i] += key_dot(k, q[qi], kHalf ? q[qi + 1] : vec4(0));
                }
            }
        }
        [[unroll]] for (uint i = 0; i < kRounds; ++i) {
            const uint position = run.position + first_row + first_query + i;
            const bool seen = j <= position && j >= first_visible(position);
            p[(first_query + i) * kKeys + key] = seen ? capped(s[i]) : kNever;
        }
        barrier();
        if (t < kQueries) {
            float now = most[t];
            for (uint i = 0; i < kKeys; ++i) now = max(now, p[t * kKeys + i]);
            // Nothing seen yet: no weights, and nothing to scale.
            const bool any = now > 0.5 * kNever;
            old[t] = any ? exp(most[t] - now) : 1;
            float add = 0;
            for (uint i = 0; i < kKeys; ++i) {
                const float weight = any ? exp(p[t * kKeys + i] - now) : 0;
                p[t * kKeys + i] = weight;
                add += weight;
            }
            total[t] = total[t] * old[t] + add;
            most[t] = now;
        }
        barrier();
        [[unroll]] for (uint e = 0; e < kPairsEach; ++e) {
            const uint i = 2 * (pair + e * kTeamThreads);
            if (i >= kValueDim) continue;
            [[unroll]] for (uint r = 0; r < kTeamQueries; ++r) sum[r * kPairsEach + e] *= old[team * kTeamQueries + r];
            const uint n = min(kKeys, end - tile);
            for (uint k = 0; k < n; ++k) {
                const vec2 v = load_pair(values, value_at(tile + k, kv_head), i);
                [[unroll]] for (uint r = 0; r < kTeamQueries; ++r) sum[r * kPairsEach + e] += p[(team * kTeamQueries + r) * kKeys + k] * v;
            }
        }
        barrier();
    }

    [[unroll]] for (uint e = 0; e < kPairsEach; ++e) {
        const uint i = 2 * (pair + e * kTeamThreads);
        [[unroll]] for (uint r = 0; r < kTeamQueries; ++r) {
            const uint query = team * kTeamQueries + r, row = first_row + query;
            if (query >= n_q) continue;
            [[unroll]] for (uint k = 0; k < 2; ++k) {
                if (i + k >= kValueDim) continue;
                float y = sum[r * kPairsEach + e][k] / total[query];
                if (gate_at != kNone) y *= sigmoid(act.v[gate_at + row * gate_row + head * gate_stride + i + k]);
                act.v[out_at + row * out_row + head * kValueDim + i + k] = y;
            }
        }
    }
}
