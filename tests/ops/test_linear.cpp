// The matrix kernels of every instruction set that this machine has, for every type and ragged shapes, against the definition.
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <memory>
#include <string>

#include "backends/cpu/kernels.h"
#include "tests/ops/weights.h"

namespace dlgo::cpu {
namespace {

#include "backends/cpu/kernels/activation.h"

constexpr Type kTypes[] = {
#define X(NAME, name, id, block, bytes) Type::NAME,
#include "core/quant/formats.inc"
#undef X
};

// 64-byte aligned memory that ends in a canary.
class Buffer {
public:
    explicit Buffer(size_t bytes) : bytes_(bytes), data_(new (std::align_val_t(64)) uint8_t[bytes + 64]) {
        std::memset(data_ + bytes, 0xa5, 64);
    }
    ~Buffer() { ::operator delete[](data_, std::align_val_t(64)); }
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;
    uint8_t* get() { return data_; }
    bool intact() const {
        for (size_t i = 0; i < 64; ++i) {
            if (data_[bytes_ + i] != 0xa5) return false;
        }
        return true;
    }

private:
    size_t bytes_;
    uint8_t* data_;
};

std::vector<float> random_floats(size_t n, uint32_t seed) {
    std::mt19937 random(seed);
    std::normal_distribution<float> normal;
    std::vector<float> out(n);
    for (float& v : out) v = normal(random);
    return out;
}

// What the prepared activations stand for.
std::vector<float> prepared_values(ActForm form, const uint8_t* act, size_t rows, size_t n) {
    std::vector<float> out(rows * n);
    for (size_t i = 0; i < rows; ++i) {
        const uint8_t* row = act + i * activation_bytes(form, n);
        for (size_t k = 0; k < n; ++k) {
            if (form == ActForm::F32) {
                std::memcpy(&out[i * n + k], row + 4 * k, 4);
            } else if (form == ActForm::BF16) {
                uint16_t half;
                std::memcpy(&half, row + 2 * k, 2);
                const uint32_t bits = static_cast<uint32_t>(half) << 16;
                std::memcpy(&out[i * n + k], &bits, 4);
            } else {
                const Q8Block& block = reinterpret_cast<const Q8Block*>(row)[k / 256];
                out[i * n + k] = block.scale[k % 256 / 32] * static_cast<float>(block.codes[k % 256]);
            }
        }
    }
    return out;
}

// out[i * n_out + r] = the dot product of weight row r and x row i, in double precision over the exact weights.
void linear(Type type, const uint8_t* weights, size_t n, size_t n_out, const float* x, size_t rows, float* out) {
    std::vector<float> w(n);
    for (size_t r = 0; r < n_out; ++r) {
        dequantize(type, weights + r * type_bytes(type, n), w.data(), n);
        for (size_t i = 0; i < rows; ++i) {
            double total = 0;
            for (size_t k = 0; k < n; ++k) total += static_cast<double>(w[k]) * static_cast<double>(x[i * n + k]);
            out[i * n_out + r] = static_cast<float>(total);
        }
    }
}

double nmse(const std::vector<float>& got, const std::vector<float>& want) {
    double error = 0, power = 0;
    for (size_t i = 0; i < got.size(); ++i) {
        const double g = static_cast<double>(got[i]), w = static_cast<double>(want[i]);
        error += (g - w) * (g - w);
        power += w * w;
    }
    return error / power;
}

void check(const Kernels& k, Type type, size_t n, size_t n_out, size_t rows, bool gather) {
    INFO(isa_name(k.isa) << " " << traits(type).name << " n " << n << " n_out " << n_out << " rows " << rows << " gather " << gather);
    const size_t act_rows = gather ? rows + 3 : rows;
    const std::vector<uint8_t> weights = test::random_weights(type, n * n_out, static_cast<uint32_t>(n + n_out));
    const std::vector<float> x = random_floats(act_rows * n, static_cast<uint32_t>(rows));
    const ActForm form = k.form(type, rows);
    Buffer act(act_rows * activation_bytes(form, n)), scratch(k.mat_scratch);
    k.prepare(form, x.data(), n, act_rows, n, act.get());
    REQUIRE(act.intact());
    const std::vector<float> values = prepared_values(form, act.get(), act_rows, n);
    if (form == ActForm::Q8) CHECK(nmse(values, x) < 5e-5);

    std::vector<int32_t> index;
    std::vector<float> picked;
    for (size_t i = 0; i < rows; ++i) {
        const size_t row = gather ? (i * 5 + 2) % act_rows : i;
        index.push_back(static_cast<int32_t>(row));
        picked.insert(picked.end(), values.begin() + static_cast<std::ptrdiff_t>(row * n), values.begin() + static_cast<std::ptrdiff_t>((row + 1) * n));
    }
    std::vector<float> want(rows * n_out), got(rows * n_out, NAN);
    linear(type, weights.data(), n, n_out, picked.data(), rows, want.data());

    // In two ranges, as two threads would.
    const size_t cut = n_out / 2;
    if (rows == 1 && !gather) {
        k.linear_vec(type, weights.data(), n, act.get(), 0, cut, got.data());
        k.linear_vec(type, weights.data(), n, act.get(), cut, n_out, got.data());
    } else {
        const LinearMat job{type, weights.data(), n, act.get(), rows, gather ? index.data() : nullptr, got.data(), n_out};
        k.linear_mat(job, 0, cut, scratch.get());
        k.linear_mat(job, cut, n_out, scratch.get());
        REQUIRE(scratch.intact());
    }
    // Weights are rounded to bfloat16 where the activations are.
    CHECK(nmse(got, want) < (form == ActForm::BF16 ? 1e-5 : 1e-9));
}

}  // namespace

TEST_CASE("linear is right for every type, shape and instruction set", "[ops][linear]") {
    for (const Isa isa : kAllIsas) {
        if (!isa_present(isa)) continue;
        const Kernels& k = kernels(isa);
        for (const Type type : kTypes) {
            const size_t block = traits(type).block;
            for (const size_t blocks : {1, 3, 11}) {
                const size_t n = block * blocks * (block == 1 ? 7 : 1);
                for (const size_t n_out : {1, 3, 7, 16, 37}) check(k, type, n, n_out, 1, false);
                for (const size_t rows : {1, 2, 3, 5, 8, 33}) check(k, type, n, 19 + rows, rows, true);
                check(k, type, n, 70, 9, false);
            }
        }
    }
}

TEST_CASE("every instruction set quantizes activations alike", "[ops][linear]") {
    const size_t n = 32 * 11;
    std::vector<float> x = random_floats(n, 1);
    for (size_t i = 32; i < 64; ++i) x[i] = 0;
    for (size_t i = 64; i < 96; ++i) x[i] *= 1e-38f;
    std::vector<std::vector<uint8_t>> results;
    for (const Isa isa : kAllIsas) {
        if (!isa_present(isa)) continue;
        Buffer act(activation_bytes(ActForm::Q8, n));
        kernels(isa).prepare(ActForm::Q8, x.data(), n, 1, n, act.get());
        results.emplace_back(act.get(), act.get() + activation_bytes(ActForm::Q8, n));
        CHECK(results.back() == results.front());
    }
}

TEST_CASE("rows are converted alike by every instruction set", "[ops][linear]") {
    for (const Type type : kTypes) {
        const size_t n = traits(type).block * 9;
        const std::vector<uint8_t> row = test::random_weights(type, n, 5);
        std::vector<float> want(n), got(n);
        dequantize(type, row.data(), want.data(), n);
        for (const Isa isa : kAllIsas) {
            if (!isa_present(isa)) continue;
            INFO(isa_name(isa) << " " << traits(type).name);
            kernels(isa).get_row(type, row.data(), got.data(), n);
            CHECK(got == want);
        }
    }
}

}  // namespace dlgo::cpu
