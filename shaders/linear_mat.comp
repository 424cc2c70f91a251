// Linear for many activation rows: tiles of kTileM activation rows x kTileN weight rows, kStep values at a time in shared memory. With
// COOPMAT on cooperative matrices (factors of half precision, sums of single precision) of subgroups, with COOPMAT2 too of the workgroup,
// else in single precision. The activations come from linear_prepare; with float weights as two halves each, so that their rounding is not
// seen.
#version 460
#extension GL_GOOGLE_include_directive : require
#ifdef COOPMAT
#extension GL_KHR_cooperative_matrix : require
#extension GL_KHR_memory_scope_semantics : require
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#endif
#ifdef COOPMAT2
#extension GL_NV_cooperative_matrix2 : require
#endif
#extension GL_KHR_shader_subgroup_basic : require
layout(local_size_x = 128) in;
const uint kThreads = 128;
#include "lib/memory.glsl"
#include "lib/activation.glsl"
#include "lib/linear.glsl"
#include "weights_codec.glsl"  // one of quant/, chosen by the build

// Of args: in_at and in_stride: words of the prepared rows; mul_at.. as ever; norm_weight: offset of the rows' scales.
const uint kTileM = 64, kTileN = 64, kHalfN = kTileN / 2, kResultStride = kTileN + 4;
#ifdef COOPMAT
#ifdef CODEC_INTEGER
const uint kParts = 1;
#else
const uint kParts = 2;
#endif
const uint kStep = 64, kVectors = kStep / 8, kStride = kVectors + 1;  // vectors of 8 halves; the gap spreads rows over the banks
shared uvec4 tiles[(kParts * kTileM + kTileN) * kStride];
#ifndef COOPMAT2
shared float results[kTileM * kResultStride];
#endif
const uint kWeights = kParts * kTileM * kStride;
#else
const uint kStep = 32, kVectors = kStep / 4, kStride = kStep + 4;
shared float tiles[(kTileM + kTileN) * kStride];
#define results tiles  // when the factors are done with
const uint kWeights = kTileM * kStride;
#endif

// With kGlu a tile has kHalfN rows of the gate, then the same ones of the other matrix.
uint tile_rows() { return kGlu ? kHalfN : kTileN; }

#ifdef COOPMAT
void stage_activations(uint m0, uint m_end, uint k0, uint n_values) {
    [[unroll]] for (uint part = 0; part < kParts; ++part) {
        [[unroll]] for (uint j = 0; j < kTileM * kVectors / kThreads; ++j) {
            const uint i = gl_LocalInvocationID.x + j * kThreads, m = i / kVectors, k = k0 + i % kVectors * 8;
            const bool there = m0 + m < m_end && k < n_values;
            const uint at = (in_at + (m0 + m) * in_stride + part * n_values / 2 + k / 2) / 4;
            tiles[(part * kTileM + m) * kStride + i % kVectors] = there ? Blocks(act).v[at] : uvec4(0);
        }
    }
}

// 16 values to place `run` of a tile row.
void stage_run(uint n, uint run, Unit unit, uint k) {
    [[unroll]] for (uint i = 0; i < 2; ++i) {
        const vec4 a = unit_values(unit, k, 2 * i), b = unit_values(unit, k, 2 * i + 1);
        tiles[kWeights + n * kStride + 2 * run + i] = uvec4(packHalf2x16(a.xy), packHalf2x16(a.zw), packHalf2x16(b.xy), packHalf2x16(b.zw));
    }
}

void clear_run(uint n, uint run) {
    [[unroll]] for (uint i = 0; i < 2; ++i) tiles[kWeights + n * kStride + 2 * run + i] = uvec4(0);
}
#else
void stage_activations(uint m0, uint m_end, uint k0, uint n_values) {
    for (uint i = gl_LocalInvocationID.x; i < kTileM * kVectors; i += kThreads) {
        const uint m = i / kVectors, k = k0 + i % kVectors * 4, to = m * kStride + i % kVectors * 4;
        const vec4 x = m0 + m < m_end ? uintBitsToFloat(Blocks(act).v[(in_at + (m0 + m) * in_stride + k) / 4]) : vec4(0);
        [[unroll]] for (uint e = 0; e < 4; ++e) tiles[to + e] = x[e];
    }
}

void stage_run(uint n, uint run, Unit unit, uint k) {
    [[unroll]] for (uint i = 0; i < 4; ++i) {
        const vec4 x = unit_values(unit, k, i);
        [[unroll]] for (uint e = 0; e < 4; ++e) tiles[kWeights + n * kStride + 16 * run + 4 * i + e] = x[e];
    }
}

void clear_run(uint n, uint run) {
    [[unroll]] for (uint e = 0; e < 16; ++e) tiles[kWeights + n * kStride + 16 * run + e] = 0;
}
#endif

// Two runs for each thread, of one unit where the step has whole units.
const uint kStepRuns = kStep / 16, kThreadRuns = kTileN * kStepRuns / kThreads;

void stage_weights(uint j, uint r0, uint n_units, uint k0) {
    const uint n = gl_LocalInvocationID.x / (kThreads / kTileN), mine = gl_LocalInvocationID.x % (kThreads / kTileN);
    const uint mat = kGlu ? n / kHalfN : j, r = r0 + n % tile_rows();
    const bool there = r < n_out[mat];
    if (kThreadRuns == 2 && kRunDistance <= 2) {
        const uint u = k0 / 32 + mine;
        if (there && u < n_units) {
            const Unit unit = load_unit(weights[mat], n_blocks[mat], row0[mat] + r, n_units, u);
            [[unroll]] for (uint k = 0; k < 2; ++k) stage_run(n, run_of(u, k) - k0 / 16, unit, k);
        } else {
            [[unroll]] for (uint k = 0; k < 2; ++k) clear_run(n, run_of(u, k) - k0 / 16);
        }
    } else {
        [[unroll]] for (uint i = 0; i < kThreadRuns; ++i) {
            const uint place = mine * kThreadRuns + i, run = k0 / 16 + place;
            if (there && run < 2 * n_units) {
                stage_run(n, place, load_unit(weights[mat], n_blocks[mat], row0[mat] + r, n_units, unit_of(run)), half_of(run));
            } else {
                clear_run(n, place);
            }
        }
    }
}

#ifdef COOPMAT2
float finish_element(const in uint m, const in uint n, const in float y, const in float up, const in uint j, const in uint r0) {
    const uint row = gl_WorkGroupID.y * kTileM + m, r = r0 + n;
    if (row < n_rows() && r < n_out[kGlu ? 0 : j]) {
        const float row_scale = act.v[norm_weight + row];
        finish(j, row, r, y * row_scale, up * row_scale);
    }
    return y;
}
#endif

void main() {
    // Tiles of all matrices, one after the other.
    uint tile = gl_WorkGroupID.x, j = 0;
    for (; !kGlu && j + 1 < n_mats && tile >= (n_out[j] + kTileN - 1) / kTileN; ++j) tile -= (n_out[j] + kTileN - 1) / kTileN;
    const uint r0 = tile * tile_rows(), m0 = gl_WorkGroupID.y * kTileM, m_end = n_rows();
    const uint n_units = (n_in + 31) / 32;

#if defined(COOPMAT2)
    // The left and the right half of the tile.
    coopmat<float, gl_ScopeWorkgroup, kTileM, kHalfN, gl_MatrixUseAccumulator> sum[2];
    [[unroll]] for (uint i = 0; i < 2; ++i) sum[i] = coopmat<float, gl_ScopeWorkgroup, kTileM, kHalfN, gl_MatrixUseAccumulator>(0);
#elif defined(COOPMAT)
    // Four subgroups, each with a quarter of the tile: 32 x 32.
    const uint sm = gl_SubgroupID / 2 * 32, sn = gl_SubgroupID % 2 * 32;
    coopmat<float, gl_ScopeSubgroup, 16, 16, gl_MatrixUseAccumulator> sum[2][2];
    [[unroll]] for (uint i = 0; i < 4; ++i) sum[i / 2][i % 2] = coopmat<float, gl_ScopeSubgroup, 16, 16, gl_MatrixUseAccumulator>(0);
#else
    // Thread: 8 activation rows tm + 8 i, 4 weight rows tn + 16 i.
    const uint tm = gl_LocalInvocationID.x / 16, tn = gl_LocalInvocationID.x % 16;
    float sum[8][4];
    [[unroll]] for (uint i = 0; i < 32; ++i) sum[i / 4][i % 4] = 0;
#endif

    for (uint k0 = 0; k0 < 32 * n_units; k0 += kStep) {
        barrier();
        stage_activations(m0, m_end, k0, 32 * n_units);
        stage_weights(j, r0, n_units, k0);
        barrier();
#if defined(COOPMAT2)
        [[unroll]] for (uint part = 0; part < kParts; ++part) {
            coopmat<float16_t, gl_ScopeWorkgroup, kTileM, kStep, gl_MatrixUseA> x;
            coopMatLoad(x, tiles, part * kTileM * kStride, kStride, gl_CooperativeMatrixLayoutRowMajor);
            [[unroll]] for (uint i = 0; i < 2; ++i) {
                coopmat<float16_t, gl_ScopeWorkgroup, kStep, kHalfN, gl_MatrixUseB> w;
                coopMatLoad(w, tiles, kWeights + i * kHalfN * kStride, kStride, gl_CooperativeMatrixLayoutColumnMajor);
                sum[i] = coopMatMulAdd(x, w, sum[i]);
            }
        }
#elif defined(COOPMAT)
        [[unroll]] for (uint k = 0; k < kStep / 16; ++k) {
            coopmat<float16_t, gl_ScopeSubgroup, 16, 16, gl_MatrixUseB> w[2];
            [[unroll]] for (uint i = 0; i < 2; ++i) {
                coopMatLoad(w[i], tiles, kWeights + (sn + 16 * i) * kStride + 2 * k, kStride, gl_CooperativeMatrixLayoutColumnMajor);
            }
            [[unroll]] for (uint part = 0; part < kParts; ++part) {
                coopmat<float16_t, gl_ScopeSubgroup, 16, 16, gl_MatrixUseA> x[2];
                [[unroll]] for (uint i = 0; i < 2; ++i) {
                    coopMatLoad(x[i], tiles, (part * kTileM + sm + 16 * i) * kStride + 2 * k, kStride, gl_CooperativeMatrixLayoutRowMajor);
                }
                [[unroll]] for (uint i = 0; i < 4; ++i) sum[i / 2][i % 2] = coopMatMulAdd(x[i / 2], w[i % 2], sum[i / 2][i % 2]);
            }
        }
#else
        for (uint k = 0; k < kStep; k += 4) {
            vec4 w[4];
            [[unroll]] for (uint i = 0; i < 4; ++i) {
                const uint at = kWeights + (tn + 16 * i) * kStride + k;
                w[i] = vec4(tiles[at], tiles[at + 1], tiles[at + 2], tiles[at + 3]);
            }
            [[unroll]] for (uint i = 0; i < 8; ++i) {
                const uint at = (tm + 8 * i) * kStride + k;
                const vec4 x = vec4(tiles[at], tiles[at + 1], tiles[at + 2], tiles[at + 3]);
                [[unroll]] for (uint n = 0; n < 4; ++n) sum[i][n] += dot(x, w[n]);
            }
        }
#endif
    }

#ifdef COOPMAT2
    if (kGlu) {
        coopMatPerElementNV(sum[0], sum[0], finish_element, sum[1], 0u, r0);
    } else {
        coopMatPerElementNV(sum[0], sum[0], finish_element, sum[0], j, r0);
        coopMatPerElementNV(sum[1], sum[1], finish_element, sum[1], j, r0 + kHalfN);
    }
#else
#ifdef COOPMAT
    [[unroll]] for (uint i = 0; i < 4; ++i) {
        coopMatStore(sum[i / 2][i % 2], results, (sm + 16 * (i / 2)) * kResultStride + sn + 16 * (i % 2), kResultStride,
                     gl_CooperativeMatrixLayoutRowMajor);
    }
#else
    barrier();
    [[unroll]] for (uint i = 0; i < 32; ++i) results[(tm + 8 * (i / 4)) * kResultStride + tn + 16 * (i % 4)] = sum[i / 4][i % 4];
#endif
    barrier();
    for (uint i = gl_LocalInvocationID.x; i < kTileM * tile_rows(); i += kThreads) {
        const uint m = i / tile_rows(), n = i % tile_rows(), at = m * kResultStride + n;
        if (m0 + m >= m_end || r0 + n >= n_out[kGlu ? 0 : j]) continue;
#ifdef COOPMAT
        const float row_scale = act.v[norm_weight + m0 + m];
#else
        const float row_scale = 1;
#endif
        finish(j, m0 + m, r0 + n, results[at] * row_scale, kGlu ? results[at + kHalfN] * row_scale : 0);
    }
#endif
}
