// Linear for one activation row per workgroup: weights are read once, at the memory's speed. A subgroup works on kRows weight rows at a
// time, its lanes on units of 32 values; the (normed) activations wait in shared memory. With INTEGER_DOT they are codes of 15 bits with a
// scale for every 16, high and low part multiplied with the weights' codes four at a time: as good as exact, in half the instructions.
#version 460
#extension GL_GOOGLE_include_directive : require
layout(local_size_x_id = 6) in;
layout(constant_id = 6) const uint kThreads = 128;
#ifdef INTEGER_DOT
#extension GL_EXT_integer_dot_product : require
#endif
#include "lib/memory.glsl"
#include "lib/reduce.glsl"
#include "lib/activation.glsl"
#include "lib/linear.glsl"
#include "weights_codec.glsl"  // one of quant/, chosen by the build

layout(constant_id = 4) const uint kRows = 1;    // weight rows (with kGlu: pairs of them) of a subgroup
layout(constant_id = 5) const uint kUnroll = 4;  // units of a lane in flight
layout(constant_id = 7) const bool kAligned = false;  // input, its stride and length, norm weights: multiples of 4 floats
const uint kStreams = kGlu ? 2 : 1;
const uint kChunk = 128;  // units

#ifdef INTEGER_DOT
shared uvec4 x_high[kChunk * 2], x_low[kChunk * 2];  // runs of 16: code = 128 * high + low
shared vec2 x_scale[kChunk * 2];    // of runs: scale of the codes, sum of the values
#else
shared vec4 x_chunk[kChunk * 9];    // a unit is 8 vectors and a gap, so that lanes meet different banks
shared float x_sum[kChunk * 2];     // of runs
#endif

uint slot(uint i) { return i + i / 8; }

// Four neighbours from offset i on, a multiple of 4; zero from n on.
vec4 four(Floats from, uint at, uint i, uint n) {
    if (kAligned) return i < n ? uintBitsToFloat(Blocks(from).v[(at + i) / 4]) : vec4(0);
    vec4 x = vec4(0);
    [[unroll]] for (uint e = 0; e < 4; ++e) {
        if (i + e < n) x[e] = from.v[at + i + e];
    }
    return x;
}

// mean and 1 / deviation of the row
vec2 statistics(uint in_row) {
    if (kNorm == 0) return vec2(0, 1);
    float mean = 0, sum = 0;
    if (kNorm == 2) {
        for (uint i = 4 * gl_LocalInvocationID.x; i < n_in; i += 4 * kThreads) sum += dot(four(act, in_row, i, n_in), vec4(1));
        mean = workgroup_sum(sum) / n_in;
        sum = 0;
    }
    for (uint i = 4 * gl_LocalInvocationID.x; i < n_in; i += 4 * kThreads) {
        vec4 d = four(act, in_row, i, n_in) - mean;
        if (!kAligned && i + 4 > n_in) d *= vec4(lessThan(uvec4(i, i + 1, i + 2, i + 3), uvec4(n_in)));
        sum += dot(d, d);
    }
    return vec2(mean, inversesqrt(workgroup_sum(sum) / n_in + eps));
}

// Normed input values i .. i + 3.
vec4 input_values(uint in_row, uint i, vec2 stats) {
    vec4 x = four(act, in_row, i, n_in);
    if (kNorm == 0) return x;
    x = (x - stats.x) * stats.y;
    if (norm_weight != kNone) x *= four(params, norm_weight, i, n_in);
    if (norm_bias != kNone) x += four(params, norm_bias, i, n_in);
    if (norm_weight == kNone && i + 4 > n_in) x *= vec4(lessThan(uvec4(i, i + 1, i + 2, i + 3), uvec4(n_in)));
    return x;
}

// n units from `first` on
#ifdef INTEGER_DOT
const float kMostCode = 127 * 128;

uint bytes(ivec4 x) {
    const uvec4 b = uvec4(x) & 0xFFu;
    return b.x | b.y << 8 | b.z << 16 | b.w << 24;
}

void load_chunk(uint in_row, uint first, uint n, vec2 stats) {
    barrier();
    for (uint run = gl_LocalInvocationID.x; run < 2 * n; run += kThreads) {
        vec4 x[4];
        float most = 0;
        [[unroll]] for (uint i = 0; i < 4; ++i) {
            x[i] = input_values(in_row, 32 * first + 16 * run + 4 * i, stats);
            most = max(most, max(max(abs(x[i].x), abs(x[i].y)), max(abs(x[i].z), abs(x[i].w))));
        }
        const float inverse = most > 1e-30 ? kMostCode / most : 0;
        uvec4 high = uvec4(0), low = uvec4(0);
        int sum = 0;
        [[unroll]] for (uint i = 0; i < 4; ++i) {
            const ivec4 code = ivec4(roundEven(x[i] * inverse)), h = (code + 64) >> 7;
            high[i] = bytes(h);
            low[i] = bytes(code - 128 * h);
            sum += code.x + code.y + code.z + code.w;
        }
        x_high[run] = high;
        x_low[run] = low;
        x_scale[run] = most / kMostCode * vec2(1, sum);
    }
    barrier();
}

// u: from the chunk's beginning, a multiple of whole blocks
float unit_dot(Unit unit, uint u) {
    float total = 0;
    [[unroll]] for (uint k = 0; k < 2; ++k) {
        const uint run = run_of(u, k);
        const uvec4 high = x_high[run], low = x_low[run];
        int h = 0, l = 0;
        [[unroll]] for (uint i = 0; i < 4; ++i) {
            const int code = int(unit.code[k][i]);
            h += dotPacked4x8EXT(code, int(high[i]));
            l += dotPacked4x8EXT(code, int(low[i]));
        }
        total += float(128 * h + l) * (unit.scale[k] * x_scale[run].x) - unit.min[k] * x_scale[run].y;
    }
    return total;
}
#else
void load_chunk(uint in_row, uint first, uint n, vec2 stats) {
    barrier();
    for (uint i = gl_LocalInvocationID.x; i < 8 * n; i += kThreads) {
        x_chunk[slot(i)] = input_values(in_row, 32 * first + 4 * i, stats);
    }
    barrier();
#ifdef CODEC_INTEGER
    for (uint i = gl_LocalInvocationID.x; i < 2 * n; i += kThreads) {
        float sum = 0;
        [[unroll]] for (uint j = 0; j < 4; ++j) sum += dot(x_chunk[slot(4 * i + j)], vec4(1));
        x_sum[i] = sum;
    }
    barrier();
#endif
}

// u: from the chunk's beginning, a multiple of whole blocks
float unit_dot(Unit unit, uint u) {
    float total = 0;
    [[unroll]] for (uint k = 0; k < 2; ++k) {
        const uint run = run_of(u, k);
        float sum = 0;
        [[unroll]] for (uint i = 0; i < 4; ++i) {
#ifdef CODEC_INTEGER
            sum += dot(signed_bytes(unit.code[k][i]), x_chunk[slot(4 * run + i)]);
#else
            sum += dot(unit.value[4 * k + i], x_chunk[slot(4 * run + i)]);
#endif
        }
#ifdef CODEC_INTEGER
        total += sum * unit.scale[k] - unit.min[k] * x_sum[run];
#else
        total += sum;
#endif
    }
    return total;
}
#endif

uint total_rows() {
    uint n = n_out[0];
    for (uint j = 1; !kGlu && j < n_mats; ++j) n += n_out[j];
    return n;
}

// This subgroup's weight rows; those behind the last one are computed again and not stored.
uint mat[kRows], index[kRows];

void find_rows(uint first, uint n_total) {
    [[unroll]] for (uint i = 0; i < kRows; ++i) {
        uint r = min(first + gl_SubgroupID * kRows + i, n_total - 1), j = 0;
        for (; !kGlu && j + 1 < n_mats && r >= n_out[j]; ++j) r -= n_out[j];
        mat[i] = j;
        index[i] = r;
    }
}

Unit units[kRows * kStreams * kUnroll];

// Units u0, u0 + subgroup size, ... of the n in a chunk; behind its end the last one again.
void load_units(uint chunk, uint n, uint u0, uint n_units) {
    [[unroll]] for (uint k = 0; k < kUnroll; ++k) {
        const uint u = chunk + min(u0 + k * gl_SubgroupSize, n - 1);
        [[unroll]] for (uint i = 0; i < kRows * kStreams; ++i) {
            const uint j = kGlu ? i % 2 : mat[i / kStreams], r = index[i / kStreams];
            units[k * kRows * kStreams + i] = load_unit(weights[j], n_blocks[j], row0[j] + r, n_units, u);
        }
    }
}

void main() {
    const uint row = gl_WorkGroupID.y, in_row = in_at + (first_row() + row) * in_stride;
    const uint n_units = (n_in + 31) / 32, n_total = total_rows(), lane = gl_SubgroupInvocationID;
    const uint begin = gl_WorkGroupID.x * gl_NumSubgroups * kRows, step = gl_NumWorkGroups.x * gl_NumSubgroups * kRows;
    vec2 stats;
    for (uint first = begin; first < n_total; first += step) {
        find_rows(first, n_total);
        load_units(0, min(kChunk, n_units), lane, n_units);  // on their way while the activations are prepared
        if (first == begin) stats = statistics(in_row);
        float sum[kRows * kStreams];
        [[unroll]] for (uint i = 0; i < kRows * kStreams; ++i) sum[i] = 0;
        for (uint chunk = 0; chunk < n_units; chunk += kChunk) {
            const uint n = min(kChunk, n_units - chunk);
            if (n_units > kChunk || first == begin) load_chunk(in_row, chunk, n, stats);
            for (uint u0 = lane; u0 < n; u0 += gl_SubgroupSize * kUnroll) {
                if (chunk > 0 || u0 != lane) load_units(chunk, n, u0, n_units);
                [[unroll]] for (uint k = 0; k < kUnroll; ++k) {
                    const uint u = u0 + k * gl_SubgroupSize;
                    if (u < n) {
                        [[unroll]] for (uint i = 0; i < kRows * kStreams; ++i) sum[i] += unit_dot(units[k * kRows * kStreams + i], u);
                    }
                }
            }
        }
        [[unroll]] for (uint i = 0; i < kRows * kStreams; ++i) sum[i] = subgroupAdd(sum[i]);
        [[unroll]] for (uint i = 0; i < kRows; ++i) {
            if (lane == i % gl_SubgroupSize && first + gl_SubgroupID * kRows + i < n_total) {
                finish(mat[i], row, index[i], sum[i * kStreams], kGlu ? sum[i * kStreams + kStreams - 1] : 0);
            }
        }
    }
}
