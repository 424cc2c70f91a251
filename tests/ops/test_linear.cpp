#include <catch2/catch_test_macros.hpp>

#include "tests/ops/ops_case.h"

using namespace ops_test;

namespace {

const std::vector<uint32_t> kBatches = {3, 1, 17, 1, 70};

// Activations have 8 bits for Q8_0; some instruction sets round them to bfloat16 for BF16.
double tolerance(Type type) { return type == Type::Q8_0 ? 2e-4 : type == Type::BF16 ? 2e-5 : 1e-11; }

}  // namespace

TEST_CASE("linear: several outputs after a norm") {
    for (const Type type : {Type::F32, Type::F16, Type::BF16, Type::Q8_0}) {
        Case c;
        Linear l;
        l.in = c.buffer(96);
        l.n_in = 96;
        l.norm = c.norm(NormKind::Layer, 96, true, true);
        l.n_mats = 3;
        const uint32_t n_out[] = {37, 16, 5};
        for (int j = 0; j < 3; ++j) {
            l.mats[j] = c.mat(type, 96, n_out[j], 1, j != 1, j != 2);
            l.out[j] = c.buffer(n_out[j]);
        }
        c.add(l);
        c.check(kBatches, tolerance(type));
    }
}

TEST_CASE("linear: gated, every activation") {
    for (const Activation act : {Activation::Silu, Activation::Gelu, Activation::Relu2, Activation::Sigmoid, Activation::SwigluOai}) {
        Case c;
        c.activation = 5;
        Linear l;
        l.in = c.buffer(64);
        l.n_in = 64;
        l.n_mats = 2;
        l.glu = true;
        l.act = act;
        l.mats[0] = c.mat(Type::F32, 64, 50, 1, true, true);
        l.mats[1] = c.mat(Type::F32, 64, 50, 1, true, true);
        l.out[0] = c.buffer(50);
        c.add(l);
        c.check(kBatches);
    }
}

TEST_CASE("linear: the whole epilogue, in place") {
    for (const Type type : {Type::F32, Type::Q8_0}) {
        Case c;
        Linear l;
        l.in = c.buffer(32);
        l.n_in = 32;
        l.n_mats = 1;
        l.mats[0] = c.mat(type, 32, 32, 1, true, true);
        l.act = Activation::Gelu;
        l.mul = c.buffer(32);
        l.row_gate = c.buffer(1);
        l.scale = 0.3f;
        l.out[0] = l.residual = c.buffer(32);
        l.out_scale = 1.7f;
        c.add(l);
        l.in = l.out[0];  // and the input's own buffer
        c.add(l);
        c.check(kBatches, tolerance(type));
    }
}

// Some instruction sets hand such rows over before the norm, beside the floats.
TEST_CASE("linear: residuals, whose next reader has a norm") {
    for (const bool weighted : {false, true}) {
        Case c;
        c.activation = 3;
        const View x = c.buffer(96), hidden = c.buffer(64);
        for (int i = 0; i < 3; ++i) {
            Linear up;
            up.in = x;
            up.n_in = 96;
            up.norm = c.norm(NormKind::Rms, 96, weighted);
            up.n_mats = 1;
            up.mats[0] = c.mat(Type::Q8_0, 96, 64);
            up.out[0] = hidden;
            c.add(up);
            Linear down;
            down.in = hidden;
            down.n_in = 64;
            down.n_mats = 1;
            down.mats[0] = c.mat(Type::Q8_0, 64, 96, 1, true);
            down.out[0] = down.residual = x;
            c.add(down);
        }
        c.check(kBatches, tolerance(Type::Q8_0));
    }
}

TEST_CASE("linear: rows of a larger matrix") {
    Case c;
    Linear l;
    l.in = c.buffer(40);
    l.n_in = 40;
    l.norm = c.norm(NormKind::Rms, 40);
    l.n_mats = 2;
    l.glu = true;
    l.act = Activation::Silu;
    l.mats[0] = c.mat(Type::F32, 40, 60);
    l.mats[1] = l.mats[0];
    l.mats[1].row0 = 30;
    l.mats[0].n_out = l.mats[1].n_out = 30;
    l.out[0] = c.buffer(30);
    c.add(l);
    c.check(kBatches);
}

TEST_CASE("head linear: a matrix per head and a tail") {
    for (const Type type : {Type::F32, Type::Q8_0}) {
        Case c;
        HeadLinear l;
        l.n_head = 3;
        l.n_in = 32;
        l.n_tail = 8;
        l.in_stride = 40;
        l.mat = c.mat(type, 32, 20, 3, true, true);
        l.out_stride = 28;
        l.in = c.buffer(120);
        l.out = c.buffer(84);
        c.add(l);
        c.check(kBatches, tolerance(type));
    }
}

TEST_CASE("embed and head") {
    for (const Type type : {Type::F32, Type::F16, Type::Q8_0}) {
        Case c;
        c.n_tokens = 50;
        c.plan.n_vocab = 50;
        c.logits_rows = 4;
        Embed e;
        e.table = c.matrix(type, 64, 50);
        e.scale = 2.5f;
        e.out = c.buffer(64);
        c.add(e);
        Head h;
        h.in = e.out;
        h.n_in = 64;
        h.norm = c.norm(NormKind::Rms, 64);
        h.mat = c.mat(type, 64, 50, 1, true, true);
        h.scale = 0.5f;
        h.softcap = 2;
        c.add(h);
        c.check(kBatches, tolerance(type));
    }
}

TEST_CASE("linear: NaN does no harm") {
    for (const Type type : {Type::F32, Type::Q8_0}) {
        Case c;
        c.nan = true;
        Linear l;
        l.in = c.buffer(64);
        l.n_in = 64;
        l.norm = c.norm(NormKind::Rms, 64);
        l.n_mats = 1;
        l.mats[0] = c.mat(type, 64, 20);
        l.act = Activation::Silu;
        l.out[0] = c.buffer(20);
        c.add(l);
        c.check(kBatches);
    }
}
