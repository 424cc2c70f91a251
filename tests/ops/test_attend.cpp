#include <catch2/catch_test_macros.hpp>

#include "tests/ops/ops_case.h"

using namespace ops_test;

namespace {

const std::vector<uint32_t> kBatches = {5, 1, 1, 13, 1, 2, 1};

// Plain attention over n_head heads of `dim`; the test changes what it is about.
Attend attend(Case& c, uint32_t n_head, uint32_t n_head_kv, uint32_t dim, uint32_t window = 0) {
    Attend a;
    a.n_head = n_head;
    a.n_head_kv = n_head_kv;
    a.head_dim = a.v_dim = a.q_stride = dim;
    const View qkv = c.buffer((n_head + 2 * n_head_kv) * dim);
    a.q = qkv;
    a.k = {qkv.buffer, n_head * dim};
    a.v = {qkv.buffer, (n_head + n_head_kv) * dim};
    a.out = c.buffer(n_head * dim);
    a.scale = 0.7f;
    a.window = window;
    a.rope = c.rope(dim / 2 * 2);
    a.state = c.kv_state(n_head_kv, dim, dim, window);
    return a;
}

}  // namespace

TEST_CASE("attention: groups and head sizes") {
    const uint32_t n_head[] = {1, 4, 6, 3, 5, 16, 14, 28}, n_head_kv[] = {1, 4, 2, 1, 1, 1, 2, 4}, dim[] = {64, 8, 32, 24, 20, 48, 16, 12};
    for (int i = 0; i < 8; ++i) {
        Case c;
        c.add(attend(c, n_head[i], n_head_kv[i], dim[i]));
        c.check(kBatches);
    }
}

TEST_CASE("attention: half precision cache") {
    const uint32_t n_head[] = {4, 1, 6, 40, 14, 5}, n_head_kv[] = {2, 1, 2, 1, 2, 1}, dim[] = {32, 64, 20, 48, 16, 112};
    for (int i = 0; i < 6; ++i) {
        for (const uint32_t window : {0u, 30u}) {
            Case c;
            c.cache_type = CacheType::F16;
            c.n_ctx = 256;
            Attend a = attend(c, n_head[i], n_head_kv[i], dim[i], window);
            if (window > 0) a.softcap = 3;
            c.add(a);
            c.check({13, 1, 64, 70, 1, 33}, 1e-6);
        }
    }
}

// Some instruction sets hand such rows over as bfloat16, and multiply no more exactly then.
TEST_CASE("attention: rows that nobody but a product of quantized weights reads") {
    for (const uint32_t dim : {32u, 48u, 128u}) {
        Case c;
        c.cache_type = CacheType::F16;
        c.n_ctx = 256;
        Attend a = attend(c, 4, 2, dim);
        Linear l;
        l.in = a.out;
        l.n_in = 4 * dim;
        l.n_mats = 1;
        for (int i = 0; i < 2; ++i) {  // the second one leaves floats: nobody writes them again
            l.mats[0] = c.mat(Type::Q8_0, l.n_in, 40);
            l.out[0] = c.buffer(40);
            c.add(a);
            c.add(l);
            a.state = c.kv_state(2, dim, dim, 0);
        }
        c.check({13, 1, 64, 70, 1, 33}, 2e-4);
    }
}

TEST_CASE("attention: window with a ring, softcap, sinks") {
    for (const uint32_t window : {1u, 7u, 20u}) {
        Case c;
        c.n_ctx = 128;
        Attend a = attend(c, 4, 2, 16, window);
        a.softcap = 3;
        a.sinks = c.param(4, -2, 2);
        c.add(a);
        c.check({5, 1, 1, 13, 1, 2, 1, 13, 13, 1, 1, 13, 12, 1, 1, 1});
    }
}

TEST_CASE("attention: long keys in parts") {
    Case c;
    c.n_ctx = 2048;
    c.add(attend(c, 2, 1, 16));
    c.check({700, 1, 400, 1, 1});
}

TEST_CASE("attention: norms") {
    for (const bool all : {false, true}) {
        Case c;
        Attend a = attend(c, 6, 3, 16);
        a.norm_all = all;
        a.q_norm = c.norm(NormKind::Rms, all ? 6 * 16 : 16);
        a.k_norm = c.norm(NormKind::Rms, all ? 3 * 16 : 16);
        a.v_norm = c.norm(NormKind::Rms, 16, false);
        c.add(a);
        c.check(kBatches);
    }
}

TEST_CASE("attention: gate beside the query, values from the raw keys") {
    Case c;
    Attend a;
    a.n_head = 4;
    a.n_head_kv = 2;
    a.head_dim = a.v_dim = 16;
    a.q_stride = a.gate_stride = 32;
    a.q = c.buffer(4 * 32);
    a.gate = {a.q.buffer, 16};
    a.k = a.v = c.buffer(32);
    a.k_norm = c.norm(NormKind::Rms, 16);
    a.out = c.buffer(64);
    a.scale = 0.25f;
    a.rope = c.rope(8, 4, true);
    a.temp_scale = 0.3f;
    a.temp_length = 3;
    a.state = c.kv_state(2, 16, 16);
    c.add(a);
    Attend shared = a;  // of a later layer, with the keys of this one
    shared.k = shared.v = View{};
    shared.k_norm = NormSpec{};
    shared.out = c.buffer(64);
    c.add(shared);
    c.check(kBatches);
}

TEST_CASE("attention: compressed keys that hold the values") {
    for (const uint32_t n_head : {3u, 16u}) {
        Case c;
        Attend a;
        a.n_head = n_head;
        a.n_head_kv = 1;
        a.head_dim = a.q_stride = 40;
        a.v_dim = 32;
        a.q = c.buffer(n_head * 40);
        a.k = c.buffer(40);
        a.out = c.buffer(n_head * 32);
        a.k_norm = c.norm(NormKind::Rms, 32);
        a.k_norm_dims = 32;
        a.rope = c.rope(8, 32, true);
        a.scale = 0.5f;
        a.v_in_k = true;
        a.state = c.kv_state(1, 40, 0);
        c.add(a);
        c.check(kBatches);
    }
}

TEST_CASE("attention: NaN does no harm") {
    Case c;
    c.nan = true;
    c.add(attend(c, 4, 2, 16));
    c.check(kBatches);
}
