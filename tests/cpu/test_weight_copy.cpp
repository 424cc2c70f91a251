#include <catch2/catch_test_macros.hpp>
#include <cstring>
#include <numeric>

#include "backends/cpu/cores.h"
#include "backends/cpu/weight_copy.h"
#include "core/gguf/gguf.h"
#include "tests/support/files.h"
#include "tests/support/gguf_writer.h"

using namespace dlgo;

TEST_CASE("weights are copied out of a mapped file, or of one in memory", "[cpu]") {
    constexpr uint32_t kIn = 1000, kOut = 1500;  // not whole pages, more than one piece
    std::vector<float> values(size_t{kIn} * kOut);
    std::iota(values.begin(), values.end(), 0.0f);
    test::GgufWriter writer;
    writer.string("general.architecture", "none").tensor_f32("large", {kIn, kOut}, values).tensor_f32("small", {2, 1}, {5, 6});
    const test::TempDir dir;
    const std::string path = dir.write("model.gguf", writer.bytes());
    for (const bool use_mmap : {true, false}) {
        Gguf::Options options;
        options.use_mmap = use_mmap;
        auto weights = std::make_shared<Weights>();
        weights->file = Gguf::open(path, options);
        for (const char* name : {"large", "small"}) {
            const GgufTensor& t = *weights->file->tensor(name);
            Matrix m;
            m.n_in = static_cast<uint32_t>(t.dims[0]);
            m.n_out = static_cast<uint32_t>(t.dims[1]);
            m.stride = t.bytes;
            m.data = t.data;
            weights->matrices.push_back(m);
        }
        const Matrix large = weights->matrices[0], small = weights->matrices[1];
        cpu::ThreadPool pool(2);
        const std::vector<MatrixId> ids{0};
        const auto copy = cpu::copy_weights(weights, ids, pool);
        CHECK(copy->matrices[0].data != large.data);
        CHECK(copy->matrices[1].data == small.data);
        CHECK(std::memcmp(copy->matrices[0].data, values.data(), large.bytes()) == 0);
        CHECK(std::memcmp(large.data, values.data(), large.bytes()) == 0);  // the file is as it was
        copy->file->release(reinterpret_cast<const uint8_t*>(values.data()), 1 << 20);  // none of the file's
        CHECK(values[1] == 1);
        cpu::populate_weights(*weights, ids, pool);
        CHECK(std::memcmp(large.data, values.data(), large.bytes()) == 0);
    }
}

TEST_CASE("cgroup memory", "[cpu]") { CHECK(cpu::cgroup_memory_left() > 0); }
