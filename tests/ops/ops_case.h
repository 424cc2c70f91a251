// A plan of a few steps with random weights, run by the reference and by the CPU backend and compared.
#pragma once
#include <random>
#include <vector>

#include "backends/cpu/ref/ref.h"
#include "core/plan/plan.h"

namespace ops_test {

using namespace dlgo;

class Case {
public:
    explicit Case(uint32_t seed = 1) : random_(seed) {}

    View buffer(uint32_t width);
    MatrixId matrix(Type type, uint32_t n_in, uint32_t n_out, uint32_t count = 1);
    MatRef mat(Type type, uint32_t n_in, uint32_t n_out, uint32_t count = 1, bool bias = false, bool scale = false);
    ParamId param(size_t n, float low = -1, float high = 1);
    NormSpec norm(NormKind kind, size_t n, bool weight = true, bool bias = false);
    RopeSpec rope(uint32_t n_rot, uint32_t offset = 0, bool adjacent = false);
    uint16_t kv_state(uint32_t n_head, uint32_t k_dim, uint32_t v_dim, uint32_t window = 0);
    uint16_t recurrent_state(uint32_t n_values);
    float uniform(float low, float high) { return std::uniform_real_distribution<float>(low, high)(random_); }

    template <typename T>
    void add(const T& op) {
        Step step;
        step.op = op;
        step.name = "test";
        plan.steps.push_back(step);
    }

    // Runs batches of these sizes, one after the other, with fresh random activations, on the reference and on the backend with
    // 1, 2 and 3 threads and every kind of kernels. Everything that the steps write has to agree to the NMSE.
    void check(const std::vector<uint32_t>& batches, double nmse = 1e-11);
    // The same on one backend.
    void check_on(Backend& backend, const std::vector<uint32_t>& batches, double nmse = 1e-11);

    Plan plan;
    Weights weights;
    CacheType cache_type = CacheType::F32;
    uint32_t n_ctx = 64;
    uint32_t n_tokens = 1;    // ids for Embed are below
    uint32_t logits_rows = 1;  // at most
    float activation = 1;      // the largest magnitude
    bool nan = false;          // one activation of every batch; then nothing is compared

private:
    void check_with(const std::vector<uint32_t>& batches, double nmse, int threads, const char* isa);
    std::mt19937 random_;
};

}  // namespace ops_test
