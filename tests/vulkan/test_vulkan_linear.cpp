#include <cstdlib>

#include "tests/ops/ops_case.h"
#include "tests/vulkan/gpu.h"

using namespace ops_test;
using dlgo::test::gpu;

namespace {

constexpr Type kTypes[] = {Type::F32, Type::F16, Type::BF16, Type::Q8_0, Type::Q4_0, Type::Q4_K, Type::Q6_K};

// Cooperative matrices multiply in half precision, packed dot products in 15 bits.
double bound(const Backend& backend) {
    const std::string features = backend.info().features;
    return features.find("coopmat") != std::string::npos ? 2e-6 : features.find("int8dot") != std::string::npos ? 1e-8 : 1e-10;
}

Linear linear(Case& c, View in, uint32_t n_in) {
    Linear l;
    l.in = in;
    l.n_in = n_in;
    return l;
}

}  // namespace

TEST_CASE("Vulkan: three matrices of any format, normed input, ragged sizes", "[vulkan]") {
    const auto backend = gpu();
    for (const Type type : kTypes) {
        CAPTURE(traits(type).name);
        const bool blocks = traits(type).block > 1;
        for (const uint32_t n_in : {blocks ? 512u : 45u, blocks ? 4352u : 70u}) {
            CAPTURE(n_in);
            Case c;
            Linear l = linear(c, c.buffer(n_in), n_in);
            l.norm = c.norm(NormKind::Rms, n_in);
            l.n_mats = 3;
            const uint32_t sizes[] = {67, 8, 130};
            for (uint32_t j = 0; j < 3; ++j) {
                l.mats[j] = c.mat(type, n_in, sizes[j], 1, j != 1);
                l.out[j] = c.buffer(sizes[j]);
            }
            c.add(l);
            c.check_on(*backend, {1, 3, 66, 1}, bound(*backend));
        }
    }
}

TEST_CASE("Vulkan: gate, up and the whole epilogue", "[vulkan]") {
    const auto backend = gpu();
    for (const auto& [gate, up] : {std::pair{Type::Q4_K, Type::Q4_K}, {Type::Q6_K, Type::F16}}) {
        Case c;
        const uint32_t n_in = 256, n = 77;
        Linear l = linear(c, c.buffer(n_in), n_in);
        l.norm = c.norm(NormKind::Layer, n_in, true, true);
        l.n_mats = 2;
        l.mats[0] = c.mat(gate, n_in, n, 1, true);
        l.mats[1] = c.mat(up, n_in, n, 1, true);
        l.glu = true;
        l.act = Activation::Gelu;
        l.out[0] = c.buffer(n);
        l.mul = c.buffer(n);
        l.row_gate = c.buffer(1);
        l.residual = c.buffer(n);
        l.scale = 0.5f;
        l.out_scale = 2;
        c.add(l);
        c.check_on(*backend, {1, 66}, bound(*backend));
    }
}

TEST_CASE("Vulkan: rows of a larger matrix, activations, residual in place", "[vulkan]") {
    const auto backend = gpu();
    for (const Activation act : {Activation::Silu, Activation::Relu2, Activation::Sigmoid}) {
        Case c;
        Linear l = linear(c, c.buffer(96), 96);
        l.n_mats = 1;
        l.mats[0] = c.mat(Type::Q8_0, 96, 150);
        l.mats[0].row0 = 30;
        l.mats[0].n_out = 100;
        l.act = act;
        l.out[0] = l.residual = c.buffer(100);
        c.add(l);
        c.check_on(*backend, {1, 9}, bound(*backend));
    }
}

TEST_CASE("Vulkan: matrices in pieces", "[vulkan]") {
    ::setenv("DLGO_VULKAN_MAX_ALLOCATION", "6000", 1);
    const auto backend = gpu();
    Case c;
    c.n_tokens = 60;
    c.plan.n_vocab = 60;
    c.logits_rows = 8;
    const View x = c.buffer(64), h = c.buffer(50);
    Embed embed;
    embed.table = c.matrix(Type::Q8_0, 64, 60);
    embed.out = x;
    c.add(embed);
    Linear l = linear(c, x, 64);
    l.n_mats = 2;
    l.mats[0] = c.mat(Type::F32, 64, 50, 1, true);
    l.mats[1] = c.mat(Type::F32, 64, 50);
    l.mats[1].row0 = 7;
    l.mats[1].n_out = 43;
    l.out[0] = c.buffer(50);
    l.out[1] = c.buffer(43);
    c.add(l);
    l.glu = true;
    l.mats[0].n_out = 43;
    l.act = Activation::Silu;
    l.out[0] = h;
    c.add(l);
    l.glu = false;
    l.n_mats = 1;
    l.out[0] = l.residual = h;
    l.act = Activation::None;
    c.add(l);
    Head head;
    head.in = x;
    head.n_in = 64;
    head.mat = c.mat(Type::Q8_0, 64, 60);
    c.add(head);
    // The activations need more than that in one allocation.
    CHECK_NOTHROW(c.check_on(*backend, {1, 5, 8}, bound(*backend)));
    ::unsetenv("DLGO_VULKAN_MAX_ALLOCATION");
}
