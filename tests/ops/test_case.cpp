#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <cstring>
#include <limits>

#include "backends/cpu/cpu_backend.h"
#include "backends/cpu/isa/isa.h"
#include "core/plan/step_io.h"
#include "tests/ops/ops_case.h"
#include "tests/ops/weights.h"

namespace ops_test {

using dlgo::test::random_weights;

namespace {

uint16_t half(float x) {  // of small normal numbers
    uint32_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    const uint32_t sign = bits >> 16 & 0x8000, rest = bits & 0x7fffffff;
    return static_cast<uint16_t>(rest < 0x38800000 ? sign : sign | ((rest - 0x38000000) >> 13));
}

template <typename T>
void put(uint8_t*& p, T value) {
    std::memcpy(p, &value, sizeof value);
    p += sizeof value;
}

}  // namespace

View Case::buffer(uint32_t width) {
    plan.buffers.push_back(width);
    return {static_cast<uint16_t>(plan.buffers.size() - 1), 0};
}

MatrixId Case::matrix(Type type, uint32_t n_in, uint32_t n_out, uint32_t count) {
    Matrix m;
    m.name = "test";
    m.type = type;
    m.n_in = n_in;
    m.n_out = n_out;
    m.count = count;
    m.stride = m.row_bytes() * n_out;
    weights.owned.push_back(random_weights(type, size_t{n_in} * n_out * count, static_cast<uint32_t>(random_())));
    uint8_t* p = weights.owned.back().data();
    m.data = p;
    const float most = 1 / std::sqrt(static_cast<float>(n_in));
    for (size_t i = 0; i < size_t{n_in} * n_out * count; ++i) {
        const float x = uniform(-most, most);
        uint32_t bits;
        std::memcpy(&bits, &x, sizeof bits);
        if (type == Type::F32) put(p, x);
        if (type == Type::F16) put(p, half(x));
        if (type == Type::BF16) put(p, static_cast<uint16_t>(bits >> 16));
        if (type == Type::Q8_0) {
            if (i % 32 == 0) put(p, half(most / 100));
            put(p, static_cast<int8_t>(x / most * 100));
        }
    }
    weights.matrices.push_back(m);
    return static_cast<MatrixId>(weights.matrices.size() - 1);
}

MatRef Case::mat(Type type, uint32_t n_in, uint32_t n_out, uint32_t count, bool bias, bool scale) {
    return {matrix(type, n_in, n_out, count), 0, n_out, bias ? param(size_t{n_out} * count) : kNoParam, scale ? param(count, 0.5f, 2) : kNoParam};
}

ParamId Case::param(size_t n, float low, float high) {
    Param p;
    for (size_t i = 0; i < n; ++i) p.values.push_back(uniform(low, high));
    weights.params.push_back(p);
    return static_cast<ParamId>(weights.params.size() - 1);
}

NormSpec Case::norm(NormKind kind, size_t n, bool weight, bool bias) {
    return {kind, 1e-5f, weight ? param(n, 0.5f, 1.5f) : kNoParam, bias ? param(n) : kNoParam};
}

RopeSpec Case::rope(uint32_t n_rot, uint32_t offset, bool adjacent) {
    const ParamId freq = param(n_rot / 2, 0.01f, 1);
    return {n_rot, offset, adjacent, 1.1f, freq};
}

uint16_t Case::kv_state(uint32_t n_head, uint32_t k_dim, uint32_t v_dim, uint32_t window) {
    StateSpec s;
    s.n_head = n_head;
    s.k_dim = k_dim;
    s.v_dim = v_dim;
    s.window = window;
    plan.states.push_back(s);
    return static_cast<uint16_t>(plan.states.size() - 1);
}

uint16_t Case::recurrent_state(uint32_t n_values) {
    StateSpec s;
    s.kind = StateKind::Recurrent;
    s.n_values = n_values;
    plan.states.push_back(s);
    return static_cast<uint16_t>(plan.states.size() - 1);
}

static double nmse_of(const float* got, const float* want, size_t n) {
    double error = 0, power = 1e-30;
    for (size_t i = 0; i < n; ++i) {
        const double d = double{got[i]} - want[i];
        error += d * d;
        power += double{want[i]} * want[i];
    }
    return error / power;
}

void Case::check(const std::vector<uint32_t>& batches, double nmse) {
    for (const cpu::Isa isa : cpu::kAllIsas) {
        if (!cpu::isa_present(isa)) continue;
        for (const int threads : {1, 2, 3}) check_with(batches, nmse, threads, cpu::isa_name(isa));
        if (isa != cpu::Isa::Avx2) continue;
        ::setenv("DLGO_AVX2_PAIRS", cpu::multiplies_bytes_once() ? "0" : "1", 1);
        check_with(batches, nmse, 2, cpu::isa_name(isa));
        ::unsetenv("DLGO_AVX2_PAIRS");
    }
}

void Case::check_with(const std::vector<uint32_t>& batches, double nmse, int threads, const char* isa) {
    INFO(isa << ", " << threads << " threads");
    check_on(*make_cpu_backend(threads, isa), batches, nmse);
}

void Case::check_on(Backend& backend, const std::vector<uint32_t>& batches, double nmse) {
    SessionSpec spec;
    spec.n_ctx = n_ctx;
    spec.n_ubatch = *std::max_element(batches.begin(), batches.end());
    spec.cache_type = cache_type;
    spec.n_slots = 2;
    std::vector<uint32_t> placed(plan.steps.size());
    for (uint32_t i = 0; i < placed.size(); ++i) placed[i] = i;
    for (const Step& step : plan.steps) REQUIRE(backend.supports(step, weights));
    const auto model = backend.load(std::make_shared<Plan>(plan), std::make_shared<Weights>(weights), placed);
    const auto session = model->create_session(spec);
    const auto decode = session->compile(plan.steps, 1);
    const auto prefill = spec.n_ubatch > 1 ? session->compile(plan.steps, spec.n_ubatch) : nullptr;
    ref::RefContext ref(plan, weights, spec);

    std::vector<int32_t> ids(spec.n_ubatch);
    std::vector<float> want_logits(size_t{spec.n_ubatch} * plan.n_vocab), logits(want_logits.size()), got;
    uint32_t position = 0, slot = 0;
    for (const uint32_t rows : batches) {
        StepParams params;
        for (uint32_t i = 0; i < rows; ++i) ids[i] = static_cast<int32_t>(random_() % n_tokens);
        params.tokens = ids.data();
        params.rows = rows;
        params.position = position;
        params.logits_rows = std::min(rows, logits_rows);
        params.state_in = slot;
        params.state_out = slot ^= 1;
        for (size_t b = 0; b < plan.buffers.size(); ++b) {
            for (float& x : ref.buffers[b]) x = uniform(-activation, activation);
            if (nan && !ref.buffers[b].empty()) ref.buffers[b][0] = std::numeric_limits<float>::quiet_NaN();
            REQUIRE(session->write_buffer(static_cast<uint16_t>(b), rows, ref.buffers[b].data()) == DLGO_OK);
        }
        ref.params = params;
        ref.params.logits = want_logits.data();
        params.logits = logits.data();
        for (const Step& step : plan.steps) {
            if (!nan) ref_run(step, ref);
        }
        REQUIRE((rows == 1 ? decode : prefill)->run(params) == DLGO_OK);
        position += rows;
        if (nan) continue;

        INFO(rows << " rows before position " << position);
        for (const Step& step : plan.steps) {
            step_io(step, [&](View v, uint32_t, bool written) {
                const auto* experts = std::get_if<Experts>(&step.op);
                if (!written || (experts && v.buffer == experts->hidden.buffer)) return;  // scratch
                const uint32_t width = plan.buffers[v.buffer];
                got.resize(size_t{rows} * width);
                REQUIRE(session->read_buffer(v.buffer, rows, got.data()) == DLGO_OK);
                CHECK(nmse_of(got.data(), ref.buffers[v.buffer].data(), got.size()) <= nmse);
            });
        }
        const size_t n_logits = size_t{params.logits_rows} * plan.n_vocab;
        CHECK(nmse_of(logits.data(), want_logits.data(), n_logits) <= nmse);
        for (size_t s = 0; s < plan.states.size(); ++s) {
            if (plan.states[s].kind != StateKind::Recurrent) continue;
            got.resize(plan.states[s].n_values);
            REQUIRE(session->read_state(static_cast<uint16_t>(s), slot, 0, got.data()) == DLGO_OK);
            CHECK(nmse_of(got.data(), ref.slots[s][slot].data(), got.size()) <= nmse);
        }
    }
}

}  // namespace ops_test
