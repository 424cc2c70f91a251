// Linear for many activation rows: tiles of kTileM activation rows x kTileN weight rows, both staged in shared memory 32 values at a
// time. With COOPMAT on cooperative matrices (half precision factors, single precision sums), else in single precision.
#version 460
#extension GL_GOOGLE_include_directive : require
#ifdef COOPMAT
#extension GL_KHR_cooperative_matrix : require
#extension GL_KHR_memory_scope_semantics : require
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#define FACTOR float16_t
#define FACTOR4 f16vec4
#else
#define FACTOR float
#define FACTOR4 vec4
#endif
layout(local_size_x = 128) in;
const uint kThreads = 128;
#extension GL_KHR_shader_subgroup_basic : require
#include "lib/memory.glsl"
#include "lib/activation.glsl"
#include "lib/linear.glsl"
#include "weights_codec.glsl"  // one of quant/, chosen by the build

const uint kTileM = 64, kTileN = 64, kStep = 32;
#ifdef COOPMAT
const uint kStride = kStep + 8;  // in factors; the gap spreads rows over the banks
#else
const uint kStride = kStep + 4;
#endif

// Factors of the activations, then those of the weights.
shared FACTOR tiles[(kTileM + kTileN) * kStride];
const uint kB = kTileM * kStride;
const uint kResultStride = kTileN + 4;
#ifdef COOPMAT
shared float results[kTileM * kResultStride];
#else
#define results tiles  // when the factors are done with
#endif

// With kGlu a tile has kTileN / 2 rows of the gate, then the same ones of the other matrix.
uint tile_rows() { return kGlu ? kTileN / 2 : kTileN; }

void stage_activations(uint m0, uint m_end, uint k0) {
    for (uint i = gl_LocalInvocationID.x; i < kTileM * kStep / 4; i += kThreads) {
        const uint m = i / (kStep / 4), k = k0 + i % (kStep / 4) * 4;
        vec4 x = vec4(0);
        if (m0 + m < m_end) {
            const uint at = in_at + (m0 + m) * in_stride + k;
            if (k + 3 < n_in) {
                x = vec4(act.v[at], act.v[at + 1], act.v[at + 2], act.v[at + 3]);
            } else {
                for (uint e = 0; k + e < n_in; ++e) x[e] = act.v[at + e];
            }
        }
        const FACTOR4 y = FACTOR4(x);
        const uint to = m * kStride + i % (kStep / 4) * 4;
        [[unroll]] for (uint e = 0; e < 4; ++e) tiles[to + e] = y[e];
    }
}

// 16 values of weight row n of the tile.
void stage_run(uint n, uint k, Unit unit, uint run) {
    [[unroll]] for (uint i = 0; i < 4; ++i) {
        const FACTOR4 y = FACTOR4(unit_values(unit, run, i));
        [[unroll]] for (uint e = 0; e < 4; ++e) tiles[kB + n * kStride + k + 4 * i + e] = y[e];
    }
}

void stage_weights(uint j, uint r0, uint n_units, uint k0) {
    for (uint i = gl_LocalInvocationID.x; i < kTileN * 2; i += kThreads) {
        const uint n = i / 2, half_step = i % 2;
        const uint mat = kGlu ? n / (kTileN / 2) : j, r = r0 + n % tile_rows();
        if (r < n_out[mat]) {
            const uint run = k0 / 16 + half_step;
            stage_run(n, 16 * half_step, load_unit(weights[mat], n_blocks[mat], row0[mat] + r, n_units, unit_of(run)), half_of(run));
        } else {
            [[unroll]] for (uint e = 0; e < 16; ++e) tiles[kB + n * kStride + 16 * half_step + e] = FACTOR(0);
        }
    }
}

void main() {
    // Tiles of all matrices, one after the other.
    uint tile = gl_WorkGroupID.x, j = 0;
    for (; !kGlu && j + 1 < n_mats && tile >= (n_out[j] + kTileN - 1) / kTileN; ++j) tile -= (n_out[j] + kTileN - 1) / kTileN;
    const uint r0 = tile * tile_rows(), m0 = gl_WorkGroupID.y * kTileM, m_end = n_rows();
    const uint n_units = (n_in + 31) / 32;

#ifdef COOPMAT
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
        stage_activations(m0, m_end, k0);
        stage_weights(j, r0, n_units, k0);
        barrier();
#ifdef COOPMAT
        [[unroll]] for (uint k = 0; k < kStep; k += 16) {
            coopmat<float16_t, gl_ScopeSubgroup, 16, 16, gl_MatrixUseA> x[2];
            coopmat<float16_t, gl_ScopeSubgroup, 16, 16, gl_MatrixUseB> w[2];
            [[unroll]] for (uint i = 0; i < 2; ++i) {
                coopMatLoad(x[i], tiles, (sm + 16 * i) * kStride + k, kStride, gl_CooperativeMatrixLayoutRowMajor);
                coopMatLoad(w[i], tiles, kB + (sn + 16 * i) * kStride + k, kStride, gl_CooperativeMatrixLayoutColumnMajor);
            }
            [[unroll]] for (uint i = 0; i < 4; ++i) sum[i / 2][i % 2] = coopMatMulAdd(x[i / 2], w[i % 2], sum[i / 2][i % 2]);
        }
#else
        for (uint k = 0; k < kStep; k += 4) {
            vec4 w[4];
            [[unroll]] for (uint i = 0; i < 4; ++i) {
                const uint at = kB + (tn + 16 * i) * kStride + k;
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
        if (m0 + m < m_end && r0 + n < n_out[kGlu ? 0 : j]) finish(j, m0 + m, r0 + n, results[at], kGlu ? results[at + kTileN / 2] : 0);
    }
}
