#include "tests/ops/ops_case.h"
#include "tests/vulkan/gpu.h"

using namespace ops_test;
using dlgo::test::gpu;

TEST_CASE("Vulkan: embedding, head of one and of many rows", "[vulkan]") {
    const auto backend = gpu();
    for (const Type type : {Type::F32, Type::F16, Type::Q4_0, Type::Q6_K}) {
        CAPTURE(traits(type).name);
        Case c;
        const uint32_t n = traits(type).block > 1 ? 256 : 50;
        c.n_tokens = c.plan.n_vocab = 77;
        c.logits_rows = 40;
        Embed embed;
        embed.table = c.matrix(type, n, 77);
        embed.scale = 1.5f;
        embed.out = c.buffer(n);
        c.add(embed);
        Head head;
        head.in = embed.out;
        head.n_in = n;
        head.norm = c.norm(NormKind::Rms, n);
        head.mat = {embed.table, 0, 77, kNoParam};
        head.scale = 0.3f;
        head.softcap = 2;
        c.add(head);
        c.check_on(*backend, {1, 3, 40, 17}, 5e-6);
    }
}

TEST_CASE("Vulkan: norms, gates, copies", "[vulkan]") {
    const auto backend = gpu();
    for (const bool gate_first : {false, true}) {
        Case c;
        Norm n;
        n.n = 90;
        n.group = 30;
        n.in = c.buffer(100);
        n.in.offset = 5;
        n.out = n.residual = c.buffer(90);
        n.norm = c.norm(NormKind::Rms, gate_first ? 90 : 30);
        n.gate = c.buffer(90);
        n.gate_first = gate_first;
        n.scale = 0.5f;
        n.out_scale = 3;
        c.add(n);
        n.group = 90;
        n.norm = c.norm(NormKind::Layer, 90, true, true);
        n.gate = n.residual = View{};
        c.add(n);
        Copy copy;
        copy.n = 33;
        copy.in = n.out;
        copy.out = c.buffer(40);
        c.add(copy);
        c.check_on(*backend, {1, 7});
    }
}

namespace {

Attend attend(Case& c, uint32_t n_head, uint32_t n_head_kv, uint32_t dim, uint32_t v_dim, uint32_t window = 0) {
    Attend a;
    a.n_head = n_head;
    a.n_head_kv = n_head_kv;
    a.head_dim = a.q_stride = dim;
    a.v_dim = v_dim;
    a.window = window;
    a.q = c.buffer(n_head * dim + n_head_kv * (dim + v_dim));
    a.k = View{a.q.buffer, n_head * dim};
    a.v = View{a.q.buffer, (n_head + n_head_kv) * dim};
    a.out = c.buffer(n_head * v_dim);
    a.scale = 0.4f;
    a.state = c.kv_state(n_head_kv, dim, v_dim, window);
    return a;
}

}  // namespace

TEST_CASE("Vulkan: attention of every shape, in batches and row by row", "[vulkan]") {
    const auto backend = gpu();
    const struct {
        uint32_t n_head, n_head_kv, dim, v_dim, window;
    } shapes[] = {{8, 2, 64, 64, 0}, {3, 3, 9, 20, 0}, {10, 1, 128, 128, 7}};
    for (const auto& s : shapes) {
        Case c;
        c.n_ctx = 300;
        Attend a = attend(c, s.n_head, s.n_head_kv, s.dim, s.v_dim, s.window);
        a.q_norm = c.norm(NormKind::Rms, s.dim);
        a.k_norm = c.norm(NormKind::Rms, s.dim);
        a.rope = c.rope(s.dim / 2 / 2 * 2, 0, false);
        c.add(a);
        c.check_on(*backend, {5, 1, 130, 1, 1, 40, 1}, 1e-9);
    }
}

TEST_CASE("Vulkan: sinks, caps, gates, adjacent rope, halves in the cache", "[vulkan]") {
    const auto backend = gpu();
    Case c;
    c.cache_type = CacheType::F16;
    c.n_ctx = 100;
    Attend a = attend(c, 4, 2, 32, 32, 20);
    a.rope = c.rope(16, 8, true);
    a.softcap = 3;
    a.sinks = c.param(4);
    a.gate = c.buffer(4 * 40);
    a.gate_stride = 40;
    a.temp_scale = 0.2f;
    a.temp_length = 10;
    a.v_norm = {NormKind::Rms, 1e-5f, kNoParam, kNoParam};
    c.add(a);
    Attend again = a;  // reads what the first has written
    again.k = again.v = View{};
    again.v_norm = NormSpec{};
    again.out = c.buffer(4 * 32);
    c.add(again);
    c.check_on(*backend, {3, 1, 30, 1, 33, 1}, 1e-6);
}
