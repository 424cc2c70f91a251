#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <cstring>
#include <new>
#include <vector>

#include "backends/cpu/kernels.h"
#include "tests/ops/weights.h"

using namespace dlgo;
using namespace dlgo::cpu;

namespace {

struct Aligned {
    explicit Aligned(size_t bytes) : data(static_cast<uint8_t*>(::operator new(bytes + 64, std::align_val_t(64)))) {}
    ~Aligned() { ::operator delete(data, std::align_val_t(64)); }
    Aligned(const Aligned&) = delete;
    Aligned& operator=(const Aligned&) = delete;
    uint8_t* data;
};

// All that this machine can run.
std::vector<const Kernels*> present() {
    std::vector<const Kernels*> all;
    for (const Isa isa : kAllIsas) {
        if (isa_present(isa)) all.push_back(&kernels(isa, false));
    }
    if (isa_present(Isa::Avx2)) all.push_back(&kernels(Isa::Avx2, true));
    return all;
}

constexpr size_t kPad = 5;  // values after every row of the result, which stay as they are

// What the form rounds away of activations of one size.
double allowed(ActForm form) { return form == ActForm::F32 ? 1e-12 : form == ActForm::BF16 ? 2e-5 : 5e-4; }

void check(const Kernels& k, Type type, const std::vector<uint8_t>& weights, const std::vector<float>& x, size_t n, size_t n_out, size_t rows,
           bool as_matrix) {
    INFO(isa_name(k.isa) << " " << traits(type).name << " n " << n << ", " << n_out << " rows of weights, " << rows << " of activations");
    const size_t row_bytes = type_bytes(type, n);
    std::vector<float> w(n * n_out);
    for (size_t r = 0; r < n_out; ++r) kernels(Isa::Scalar).get_row(type, weights.data() + r * row_bytes, w.data() + r * n, n);

    const ActForm form = k.form(type, rows);
    Aligned act(activation_bytes(form, n, rows)), scratch(k.mat_scratch);
    k.prepare(form, {x.data(), n}, rows, n, act.data);
    const size_t stride = n_out + kPad;
    std::vector<float> out(rows * stride, 1234.0f);
    if (rows == 1 && !as_matrix) {
        k.linear_vec(type, weights.data(), n, act.data, 0, n_out, true, out.data());
    } else {
        k.linear_mat({type, form, weights.data(), n, act.data, rows, {out.data(), stride}, nullptr, rows}, 0, n_out, scratch.data);
    }

    double error = 0, power = 1e-30;
    for (size_t i = 0; i < rows; ++i) {
        const float* a = x.data() + i * n;
        for (size_t r = 0; r < n_out; ++r) {
            double want = 0;
            for (size_t j = 0; j < n; ++j) want += double{a[j]} * w[r * n + j];
            error += (out[i * stride + r] - want) * (out[i * stride + r] - want);
            power += want * want;
        }
        for (size_t r = n_out; r < stride; ++r) REQUIRE(out[i * stride + r] == 1234.0f);
    }
    CHECK(error / power <= allowed(form));
}

void check(const Kernels& k, Type type, size_t n, size_t n_out, size_t rows, bool as_matrix = false) {
    std::vector<float> x(rows * n);
    std::mt19937 random(3);
    std::normal_distribution<float> normal;
    for (float& v : x) v = normal(random);
    check(k, type, test::random_weights(type, n * n_out, 7), x, n, n_out, rows, as_matrix);
}

}  // namespace

TEST_CASE("kernels: codes and activations as large as they can be") {
    struct Codes {
        Type type;
        size_t begin, end;  // their bytes in a block
    };
    constexpr Codes kAll[] = {{Type::Q4_0, 2, 18},    {Type::Q4_1, 4, 20},    {Type::Q5_0, 2, 22},    {Type::Q8_0, 2, 34},   {Type::MXFP4, 1, 17},
                              {Type::Q2_K, 0, 80},    {Type::Q3_K, 0, 96},    {Type::Q4_K, 16, 144},  {Type::Q5_K, 16, 176}, {Type::Q6_K, 0, 192},
                              {Type::TQ2_0, 0, 64},   {Type::IQ4_NL, 2, 18},  {Type::IQ4_XS, 8, 136}, {Type::IQ3_S, 2, 106}, {Type::IQ2_XXS, 2, 66},
                              {Type::IQ2_XS, 2, 66},  {Type::IQ3_XXS, 2, 98}};
    constexpr size_t n = 512, n_out = 70, rows = 20;
    for (const auto& [type, begin, end] : kAll) {
        const size_t block = traits(type).block_bytes;
        std::vector<uint8_t> weights = test::random_weights(type, n * n_out, 7);
        std::mt19937 random(5);
        for (size_t at = 0; at < weights.size(); at += block) {
            for (size_t i = begin; i < end; i += 4) {  // runs of equal bits, of one to eight pieces of four bytes
                static constexpr uint8_t kBits[] = {0x00, 0xff, 0xff, 0x0f, 0xf0};
                const size_t run = std::min(end, i + 4 * (1 + random() % 8));
                const uint8_t bits = kBits[random() % 5];
                for (; i < run; ++i) weights[at + i] = bits;
                i -= 4;
            }
        }
        std::vector<float> x(rows * n);
        for (size_t i = 0; i < rows; ++i) {
            for (size_t j = 0; j < n; ++j) {
                const size_t period = size_t{1} << (i / 2);  // 1 .. 512: the same sign, or one that changes so often
                x[i * n + j] = i % 2 == 0 ? 1.0f : j / period % 2 == 0 ? 3.0f : -3.0f;
                if (i >= 6 && i % 2 == 0) x[i * n + j] = random() % 2 ? 2.0f : -2.0f;
            }
        }
        for (const Kernels* k : present()) check(*k, type, weights, x, n, n_out, rows, false);
    }
}

TEST_CASE("kernels: more activation rows than are summed at once") {
    for (const Kernels* k : present()) check(*k, Type::Q8_0, 1088, 37, 530);
}

TEST_CASE("kernels: fours of rows give what pairs give, to the last bit") {
    const auto same = [](const Kernels& k, Type type, size_t n, size_t n_out, size_t rows) {
        INFO(isa_name(k.isa) << " " << traits(type).name << " n " << n << ", " << n_out << " rows of weights, " << rows << " of activations");
        const std::vector<uint8_t> weights = test::random_weights(type, n * n_out, 7);
        std::vector<float> x(rows * n);
        std::mt19937 random(3);
        std::normal_distribution<float> normal;
        for (size_t i = 0; i < x.size(); ++i) x[i] = normal(random) * static_cast<float>(1 << i / n % 4 * 4);
        Aligned scratch(k.mat_scratch);
        const auto product = [&](ActForm form) {
            Aligned act(activation_bytes(form, n, rows));
            k.prepare(form, {x.data(), n}, rows, n, act.data);
            std::vector<float> out(rows * (n_out + kPad), 1234.0f);
            k.linear_mat({type, form, weights.data(), n, act.data, rows, {out.data(), n_out + kPad}}, 0, n_out, scratch.data);
            return out;
        };
        CHECK(product(ActForm::Fours) == product(ActForm::Pairs));
    };
    const auto all = [&](Type type) {
        const size_t block = traits(type).block;
        for (const Kernels* k : present()) {
            if (k->form(type, 2) != ActForm::Pairs) continue;
            for (const size_t rows : {1, 3, 4, 7, 34}) {
                for (const size_t n : {32, 96, 128, 256, 352, 1088}) same(*k, type, (n + block - 1) / block * block, 133, rows);
            }
            for (const size_t n_out : {1, 31, 128, 256, 300}) same(*k, type, 512, n_out, 9);
            same(*k, type, 512, 40, 521);
        }
    };
#define X(NAME, name, id, block, bytes) \
    all(Type::NAME);
#include "core/quant/formats.inc"
#undef X
}

TEST_CASE("kernels: a scale that is not a number is seen in its row, and only there") {
    constexpr size_t n = 512, n_out = 40, bad = 3;
    const auto check = [&](Type type, const std::vector<uint8_t>& weights, const Kernels& k, size_t rows) {
        const std::vector<float> x(rows * n, 0.5f);
        const ActForm form = k.form(type, rows);
        Aligned act(activation_bytes(form, n, rows)), scratch(k.mat_scratch);
        k.prepare(form, {x.data(), n}, rows, n, act.data);
        std::vector<float> out(rows * n_out);
        k.linear_mat({type, form, weights.data(), n, act.data, rows, {out.data(), n_out}}, 0, n_out, scratch.data);
        for (size_t i = 0; i < out.size(); ++i) CHECK(std::isnan(out[i]) == (i % n_out == bad));
    };
    for (const Type type : {Type::Q8_0, Type::Q4_0, Type::Q4_K, Type::Q3_K, Type::IQ4_XS}) {
        std::vector<uint8_t> weights = test::random_weights(type, n * n_out, 7);
        // The half of a row's first block.
        uint8_t* half = weights.data() + bad * type_bytes(type, n) + (type == Type::Q3_K ? traits(type).block_bytes - 2 : 0);
        for (const uint16_t nan : {0x7e00, 0x7fff, 0xffff}) {
            std::memcpy(half, &nan, sizeof nan);
            for (const Kernels* k : present()) {
                for (const size_t rows : {1, 5, 16}) {
                    INFO(isa_name(k->isa) << " " << traits(type).name << ", " << rows << " rows of activations, " << nan);
                    check(type, weights, *k, rows);
                }
            }
        }
    }
}

TEST_CASE("kernels: every type, every instruction set, ragged shapes") {
    const auto all = [](Type type) {
        const size_t block = traits(type).block;
        for (const Kernels* k : present()) {
            for (const size_t rows : {1, 2, 5, 16, 33}) {
                for (const size_t times : {1, 3, 7}) check(*k, type, std::max<size_t>(block, 96) / block * block * times, 37, rows);
            }
            check(*k, type, 1280, 70, 47);
            check(*k, type, 256, 19, 1, true);
            for (const size_t n : {1, 7, 100, 259, 301}) {
                if (block == 1) check(*k, type, n, 37, 16);
            }
        }
    };
#define X(NAME, name, id, block, bytes) \
    all(Type::NAME);
#include "core/quant/formats.inc"
#undef X
}
