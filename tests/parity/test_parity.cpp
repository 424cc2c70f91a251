// One model on the reference and on the GPU, step by step on the same inputs: names the first step at which the two part.
#include <cmath>

#include "backends/cpu/ref/ref.h"
#include "core/base/error.h"
#include "core/plan/step_io.h"
#include "models/llm/lower.h"
#include "tests/support/tiny_models.h"
#include "tests/vulkan/gpu.h"

using namespace dlgo;
using namespace dlgo::test;

namespace {

class Parity {
public:
    Parity(std::shared_ptr<const Plan> plan, std::shared_ptr<const Weights> weights, Backend& backend)
        : plan_(std::move(plan)), ref_(*plan_, *weights, spec()), want_(size_t{kRows} * plan_->n_vocab), got_(want_.size()) {
        std::vector<uint32_t> placed(plan_->steps.size());
        for (uint32_t i = 0; i < placed.size(); ++i) placed[i] = i;
        model_ = backend.load(plan_, weights, placed);
        session_ = model_->create_session(spec());
        for (const Step& step : plan_->steps) {
            single_.push_back(session_->compile({&step, 1}, 1));
            batch_.push_back(session_->compile({&step, 1}, kRows));
        }
    }

    // "" or the first step with a larger NMSE. Before every step the GPU gets the reference's activations.
    std::string first_difference(uint32_t rows, double bound) {
        std::vector<int32_t> tokens(rows);
        for (uint32_t i = 0; i < rows; ++i) tokens[i] = static_cast<int32_t>((i * 37 + 11) % plan_->n_vocab);
        StepParams params;
        params.tokens = tokens.data();
        params.rows = rows;
        params.position = position_;
        params.logits_rows = 1;
        ref_.params = params;
        ref_.params.logits = want_.data();
        params.logits = got_.data();
        position_ += rows;
        for (size_t i = 0; i < plan_->steps.size(); ++i) {
            const Step& step = plan_->steps[i];
            for (uint16_t b = 0; b < plan_->buffers.size(); ++b) session_->write_buffer(b, rows, ref_.buffers[b].data());
            ref::ref_run(step, ref_);
            const dlgo_status status = (rows == 1 ? single_ : batch_)[i]->run(params);
            double error = status == DLGO_OK ? 0 : 1;
            std::vector<float> got;
            step_io(step, [&](View v, uint32_t, bool written) {
                if (!written) return;
                got.resize(size_t{rows} * plan_->buffers[v.buffer]);
                session_->read_buffer(v.buffer, rows, got.data());
                error = std::max(error, nmse(got.data(), ref_.buffers[v.buffer].data(), got.size()));
            });
            if (std::holds_alternative<Head>(step.op)) error = nmse(got_.data(), want_.data(), plan_->n_vocab);
            if (!(error <= bound)) {
                return strf("step %zu: layer %u, %s %s, %u rows, status %d, NMSE %.2e", i, step.layer, op_name(step.op), step.name, rows, status, error);
            }
        }
        return "";
    }

private:
    static constexpr uint32_t kRows = 6;
    static SessionSpec spec() {
        SessionSpec spec;
        spec.n_ctx = 64;
        spec.n_ubatch = kRows;
        spec.cache_type = CacheType::F32;
        return spec;
    }
    static double nmse(const float* got, const float* want, size_t n) {
        double error = 0, power = 1e-30;
        for (size_t i = 0; i < n; ++i) {
            error += std::pow(double{got[i]} - want[i], 2);
            power += std::pow(double{want[i]}, 2);
        }
        return error / power;
    }

    std::shared_ptr<const Plan> plan_;
    ref::RefContext ref_;
    std::vector<float> want_, got_;
    std::shared_ptr<DeviceModel> model_;
    std::unique_ptr<DeviceSession> session_;
    std::vector<std::unique_ptr<Program>> single_, batch_;
    uint32_t position_ = 0;
};

const TinyModel& tiny(const std::string& arch) {
    for (const TinyModel& model : tiny_models()) {
        if (model.arch == arch) return model;
    }
    throw std::logic_error(arch);
}

}  // namespace

TEST_CASE("parity: every step of a model on the GPU is that of the reference", "[vulkan][parity]") {
    const auto backend = gpu();
    for (const char* arch : {"llama", "qwen2", "qwen3"}) {
        CAPTURE(arch);
        const Lowered lowered = lower(open_bytes(tiny_file(tiny(arch))), 0, true);
        Parity parity(lowered.plan, lowered.weights, *backend);
        CHECK(parity.first_difference(6, 1e-5) == "");
        CHECK(parity.first_difference(1, 1e-5) == "");
        CHECK(parity.first_difference(5, 1e-5) == "");
    }
}

TEST_CASE("parity: the first step that differs is named", "[vulkan][parity]") {
    const auto backend = gpu();
    const Lowered lowered = lower(open_bytes(tiny_file(tiny("llama"))), 0, true);
    Plan plan = *lowered.plan;
    auto wrong = std::make_shared<Plan>(plan);
    Parity parity(wrong, lowered.weights, *backend);
    std::string spoiled;
    for (Step& step : wrong->steps) {  // the reference computes something else from here on
        auto* attend = std::get_if<Attend>(&step.op);
        if (!attend || step.layer != 1) continue;
        attend->scale *= 2;
        spoiled = step.name;
        break;
    }
    const std::string difference = parity.first_difference(6, 1e-5);
    CHECK(difference.find("layer 1, attend " + spoiled) != std::string::npos);
}
