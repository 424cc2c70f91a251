#include <catch2/catch_test_macros.hpp>

#include "tests/ops/ops_case.h"

using namespace ops_test;

static const std::vector<uint32_t> kBatches = {3, 1, 17, 1};

TEST_CASE("norm: kinds, groups, gates") {
    for (const NormKind kind : {NormKind::None, NormKind::Rms, NormKind::Layer}) {
        for (const uint32_t group : {5u, 15u, 60u}) {
            for (const int gate : {0, 1, 2}) {
                for (const bool shared : {false, true}) {
                    Case c;
                    Norm n;
                    n.in = c.buffer(60);
                    n.out = n.residual = c.buffer(60);
                    n.n = 60;
                    n.group = group;
                    n.norm = c.norm(kind, shared ? group : 60, true, kind == NormKind::Layer);
                    if (gate) n.gate = c.buffer(60);
                    n.gate_first = gate == 2;
                    n.scale = 0.5f;
                    n.out_scale = 2;
                    c.add(n);
                    c.check({3, 1});
                }
            }
        }
    }
}

TEST_CASE("norm: in place, and copy") {
    Case c;
    Norm n;
    n.in = n.out = c.buffer(33);
    n.n = n.group = 33;
    n.norm = c.norm(NormKind::Rms, 33);
    c.add(n);
    Copy copy;
    copy.in = {n.out.buffer, 3};
    copy.out = c.buffer(20);
    copy.n = 20;
    c.add(copy);
    c.check(kBatches);
}

TEST_CASE("norm: NaN does no harm") {
    Case c;
    c.nan = true;
    Norm n;
    n.in = n.out = c.buffer(33);
    n.n = n.group = 33;
    n.norm = c.norm(NormKind::Layer, 33);
    c.add(n);
    c.check(kBatches);
}
