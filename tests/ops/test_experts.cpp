#include <catch2/catch_test_macros.hpp>

#include "tests/ops/ops_case.h"

using namespace ops_test;

namespace {

const std::vector<uint32_t> kBatches = {3, 1, 17, 1, 40};

Route route(Case& c, uint32_t n_expert, uint32_t n_used, Gating gating) {
    Route r;
    r.logits = c.buffer(n_expert);
    r.ids = c.buffer(n_used);
    r.weights = c.buffer(n_used);
    r.gating = gating;
    r.n_expert = n_expert;
    r.n_used = n_used;
    return r;
}

Experts experts(Case& c, const Route& r, Type type, uint32_t n, uint32_t n_ff, bool bias) {
    Experts e;
    e.in = e.out = e.residual = c.buffer(n);
    e.ids = r.ids;
    e.weights = r.weights;
    e.hidden = c.buffer(r.n_used * n_ff);
    e.n_in = e.n_out = n;
    e.n_ff = n_ff;
    e.n_used = r.n_used;
    e.n_expert = r.n_expert;
    e.norm = c.norm(NormKind::Rms, n);
    e.gate = c.mat(type, n, n_ff, r.n_expert, bias, bias);
    e.up = c.mat(type, n, n_ff, r.n_expert, bias, bias);
    e.down = c.mat(type, n_ff, n, r.n_expert, bias, bias);
    e.scale = 0.8f;
    return e;
}

}  // namespace

TEST_CASE("route: gatings, bias, scales") {
    for (const Gating gating : {Gating::Softmax, Gating::Sigmoid, Gating::SoftmaxOfChosen}) {
        for (const bool renormalize : {false, true}) {
            Case c;
            Route r = route(c, 20, 4, gating);
            r.renormalize = renormalize;
            r.scale = 1.5f;
            if (gating != Gating::SoftmaxOfChosen) r.select_bias = c.param(20);
            r.expert_scale = c.param(20, 0.5f, 2);
            c.add(r);
            c.check(kBatches);
        }
    }
}

TEST_CASE("route: groups") {
    const uint32_t n_group[] = {4, 3, 6}, n_used_groups[] = {2, 1, 4};
    for (int i = 0; i < 3; ++i) {
        Case c;
        Route r = route(c, 24, 3, Gating::Sigmoid);
        r.n_group = n_group[i];
        r.n_group_used = n_used_groups[i];
        r.select_bias = c.param(24);
        c.add(r);
        c.check(kBatches);
    }
}

TEST_CASE("experts") {
    for (const Type type : {Type::F32, Type::Q8_0}) {
        for (const bool bias : {false, true}) {
            Case c;
            const Route r = route(c, 9, 3, Gating::Softmax);
            c.add(r);
            c.add(experts(c, r, type, 64, 32, bias));
            c.check(kBatches, type == Type::F32 ? 1e-11 : 2e-4);
        }
    }
}

TEST_CASE("experts: without gate, of another width, ungated activation") {
    Case c;
    const Route r = route(c, 40, 6, Gating::Sigmoid);
    c.add(r);
    Experts e = experts(c, r, Type::F32, 24, 20, true);
    e.glu = false;
    e.gate = MatRef{};
    e.act = Activation::Relu2;
    e.out = c.buffer(24);
    e.residual = View{};
    e.norm = NormSpec{};
    c.add(e);
    c.check(kBatches);
}

TEST_CASE("experts: clamped activation, gate and up in one stack") {
    Case c;
    c.activation = 5;
    const Route r = route(c, 5, 2, Gating::SoftmaxOfChosen);
    c.add(r);
    Experts e = experts(c, r, Type::F32, 32, 16, false);
    e.act = Activation::SwigluOai;
    e.gate = c.mat(Type::F32, 32, 32, 5);
    e.up = e.gate;
    e.gate.n_out = e.up.n_out = 16;
    e.up.row0 = 16;
    c.add(e);
    c.check(kBatches);
}

TEST_CASE("experts: NaN does no harm") {
    Case c;
    c.nan = true;
    const Route r = route(c, 9, 3, Gating::Softmax);
    c.add(r);
    c.add(experts(c, r, Type::Q8_0, 64, 32, true));
    c.check(kBatches);
}
