#include <catch2/catch_test_macros.hpp>

#include "tests/ops/ops_case.h"

using namespace ops_test;

namespace {

const std::vector<uint32_t> kBatches = {5, 1, 9, 1, 70, 1, 64, 130};

DeltaNet delta_net(Case& c, uint32_t n_k, uint32_t n_v, uint32_t d_k, uint32_t d_v) {
    DeltaNet d;
    const View qkv = c.buffer(2 * n_k * d_k + n_v * d_v), ab = c.buffer(2 * n_v);
    d.q = qkv;
    d.k = {qkv.buffer, n_k * d_k};
    d.v = {qkv.buffer, 2 * n_k * d_k};
    d.beta = ab;
    d.alpha = {ab.buffer, n_v};
    d.out = c.buffer(n_v * d_v);
    d.n_k = n_k;
    d.n_v = n_v;
    d.d_k = d_k;
    d.d_v = d_v;
    d.ab_group = n_v;
    d.ab_stride = 2 * n_v;
    d.eps = 1e-6f;
    d.a = c.param(n_v, -1, -0.01f);
    d.dt = c.param(n_v);
    d.state = c.recurrent_state(n_v * d_k * d_v);
    return d;
}

Mamba2 mamba(Case& c, uint32_t n_head, uint32_t d_head, uint32_t n_group, uint32_t d_state) {
    Mamba2 m;
    const View xbc = c.buffer(n_head * d_head + 2 * n_group * d_state);
    m.x = xbc;
    m.b = {xbc.buffer, n_head * d_head};
    m.c = {xbc.buffer, n_head * d_head + n_group * d_state};
    m.dt = c.buffer(n_head);
    m.out = c.buffer(n_head * d_head);
    m.n_head = n_head;
    m.d_head = d_head;
    m.n_group = n_group;
    m.d_state = d_state;
    m.a = c.param(n_head, -2, -0.05f);
    m.dt_bias = c.param(n_head);
    m.d = c.param(n_head);
    m.state = c.recurrent_state(n_head * d_head * d_state);
    return m;
}

}  // namespace

TEST_CASE("convolution") {
    for (const int kind : {0, 1, 2}) {
        Case c;
        Conv v;
        v.in = c.buffer(45);
        v.out = c.buffer(45);
        v.n = 45;
        v.kernel = kind == 2 ? 3 : 4;
        v.weight = c.param(45 * v.kernel);
        if (kind == 1) v.bias = c.param(45);
        if (kind != 2) v.act = Activation::Silu;
        if (kind == 2) {
            v.pre = c.buffer(45);
            v.post = c.buffer(45);
        }
        v.state = c.recurrent_state((v.kernel - 1) * 45);
        c.add(v);
        c.check({1, 1, 2, 1, 1, 5, 1, 70, 2, 1});
    }
}

TEST_CASE("gated delta rule: both head maps, chunk borders") {
    for (const bool modulo : {false, true}) {
        Case c;
        DeltaNet d = delta_net(c, 2, 4, 32, 16);
        d.k_by_modulo = modulo;
        c.add(d);
        c.check(kBatches, 1e-10);
    }
}

TEST_CASE("gated delta rule: odd sizes, decay and rate by key head") {
    Case c;
    DeltaNet d = delta_net(c, 2, 6, 11, 19);
    d.ab_group = 3;
    d.ab_stride = 6;
    d.alpha.offset = 3;
    c.add(d);
    c.check(kBatches, 1e-10);
}

TEST_CASE("gated delta rule: a head divided among threads") {
    Case c;
    c.add(delta_net(c, 1, 1, 24, 84));
    c.check(kBatches, 1e-10);
}

TEST_CASE("mamba-2: groups, odd sizes, chunk borders") {
    const uint32_t n_head[] = {4, 6}, d_head[] = {16, 9}, n_group[] = {1, 3}, d_state[] = {32, 13};
    for (int i = 0; i < 2; ++i) {
        Case c;
        c.add(mamba(c, n_head[i], d_head[i], n_group[i], d_state[i]));
        c.check(kBatches, 1e-10);
    }
}

TEST_CASE("scans: NaN does no harm") {
    Case c;
    c.nan = true;
    c.add(delta_net(c, 2, 4, 16, 16));
    c.add(mamba(c, 4, 16, 1, 16));
    c.check(kBatches);
}
