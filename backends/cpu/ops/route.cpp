#include <cmath>
#include <cstring>

#include "backends/cpu/compiler.h"

namespace dlgo::cpu {

namespace {

class RouteTask : public Task {
public:
    RouteTask(const Route& op, Compiler& c)
        : op_(op), ops_(*c.model.ops), logits_(c.rows(op.logits)), ids_(c.rows(op.ids)), weights_(c.rows(op.weights)), bias_(c.param(op.select_bias)),
          expert_scale_(c.param(op.expert_scale)) {
        Carve carve(nullptr);
        parts(carve);
        c.need_local(carve.used());
    }

    bool run(Worker& worker, const Run& run) const noexcept override {
        Carve carve(run.local);
        const Parts p = parts(carve);
        worker.share(run.params.rows, [&](uint32_t i) { route(logits_.row(i), ids_.row(i), weights_.row(i), p); });
        return worker.barrier();
    }

private:
    struct Parts {
        float *p, *score, *group;
        uint8_t* group_used;
    };
    Parts parts(Carve& carve) const noexcept {
        Parts parts;
        parts.p = carve.take<float>(op_.n_expert);
        parts.score = carve.take<float>(op_.n_expert);
        parts.group = carve.take<float>(op_.n_group);
        parts.group_used = carve.take<uint8_t>(op_.n_group);
        return parts;
    }

    // Index of the highest value, the lower one of equals; what is taken is -infinity. NaN counts as the lowest.
    static uint32_t take_best(float* x, uint32_t n) noexcept {
        uint32_t best = n;
        for (uint32_t i = 0; i < n; ++i) {
            if (x[i] > -INFINITY && (best == n || x[i] > x[best])) best = i;
        }
        return best;
    }

    // Scores of the experts of the other groups become -infinity.
    void choose_groups(const Parts& p) const noexcept {
        const uint32_t size = op_.n_expert / op_.n_group;
        for (uint32_t g = 0; g < op_.n_group; ++g) {
            float first = -INFINITY, second = -INFINITY;
            for (uint32_t e = g * size; e < (g + 1) * size; ++e) {
                if (p.score[e] > first) {
                    second = first;
                    first = p.score[e];
                } else if (p.score[e] > second) {
                    second = p.score[e];
                }
            }
            p.group[g] = size > 1 ? first + second : first;
            p.group_used[g] = 0;
        }
        for (uint32_t i = 0; i < op_.n_group_used; ++i) {
            const uint32_t g = take_best(p.group, op_.n_group);
            if (g == op_.n_group) break;
            p.group[g] = -INFINITY;
            p.group_used[g] = 1;
        }
        for (uint32_t e = 0; e < op_.n_expert; ++e) {
            if (e / size >= op_.n_group || !p.group_used[e / size]) p.score[e] = -INFINITY;
        }
    }

    void route(const float* logits, float* ids, float* weights, const Parts& p) const noexcept {
        std::copy(logits, logits + op_.n_expert, p.p);
        if (op_.gating == Gating::Softmax) ops_.softmax(p.p, op_.n_expert);
        if (op_.gating == Gating::Sigmoid) ops_.finish({.act = Activation::Sigmoid}, {p.p}, {p.p}, 1, op_.n_expert);
        for (uint32_t e = 0; e < op_.n_expert; ++e) p.score[e] = p.p[e] + (bias_ ? bias_[e] : 0);
        if (op_.n_group > 1) choose_groups(p);
        float sum = 0;
        for (uint32_t j = 0; j < op_.n_used; ++j) {
            uint32_t e = take_best(p.score, op_.n_expert);
            if (e == op_.n_expert) e = j;  // nothing but NaN is left
            p.score[e] = -INFINITY;
            std::memcpy(ids + j, &e, sizeof e);
            weights[j] = p.p[e];
        }
        if (op_.gating == Gating::SoftmaxOfChosen) ops_.softmax(weights, op_.n_used);
        for (uint32_t j = 0; j < op_.n_used; ++j) sum += weights[j];
        for (uint32_t j = 0; j < op_.n_used; ++j) {
            uint32_t e;
            std::memcpy(&e, ids + j, sizeof e);
            weights[j] = weights[j] / (op_.renormalize ? sum : 1) * op_.scale * (expert_scale_ ? expert_scale_[e] : 1);
        }
    }

    Route op_;
    const OpKernels& ops_;
    Rows logits_, ids_, weights_;
    const float *bias_, *expert_scale_;
};

}  // namespace

void compile(const Route& op, Compiler& c) { c.tasks.push_back(std::make_unique<RouteTask>(op, c)); }

}  // namespace dlgo::cpu
