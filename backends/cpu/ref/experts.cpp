#include <algorithm>
#include <cstring>
#include <numeric>

#include "backends/cpu/ref/math.h"
#include "backends/cpu/ref/ops.h"

namespace dlgo::ref {

namespace {

Values softmax(const Values& x) {
    const double highest = *std::max_element(x.begin(), x.end());
    Values p;
    double sum = 0;
    for (const double v : x) p.push_back(std::exp(v - highest)), sum += p.back();
    for (double& v : p) v /= sum;
    return p;
}

// Indices of the k largest values among `from`, best first; ties: the lower index.
std::vector<uint32_t> best(const Values& x, std::vector<uint32_t> from, uint32_t k) {
    std::stable_sort(from.begin(), from.end(), [&](uint32_t a, uint32_t b) { return x[a] > x[b]; });
    from.resize(k);
    return from;
}

std::vector<uint32_t> counting(uint32_t begin, uint32_t n) {
    std::vector<uint32_t> ids(n);
    std::iota(ids.begin(), ids.end(), begin);
    return ids;
}

// Experts of the groups whose two best sum highest.
std::vector<uint32_t> candidates(const Route& op, const Values& score) {
    if (op.n_group <= 1) return counting(0, op.n_expert);
    const uint32_t size = op.n_expert / op.n_group;
    Values sums;
    for (uint32_t g = 0; g < op.n_group; ++g) {
        const std::vector<uint32_t> two = best(score, counting(g * size, size), std::min(2u, size));
        double sum = 0;
        for (const uint32_t e : two) sum += score[e];
        sums.push_back(sum);
    }
    std::vector<uint32_t> groups = best(sums, counting(0, op.n_group), op.n_group_used), ids;
    std::sort(groups.begin(), groups.end());
    for (const uint32_t g : groups) {
        for (uint32_t i = 0; i < size; ++i) ids.push_back(g * size + i);
    }
    return ids;
}

}  // namespace

void run(const Route& op, RefContext& ctx) {
    const float* bias = ctx.param(op.select_bias);
    const float* expert_scale = ctx.param(op.expert_scale);
    for (uint32_t i = 0; i < ctx.params.rows; ++i) {
        Values p = load(ctx.row(op.logits, i), op.n_expert);
        if (op.gating == Gating::Softmax) p = softmax(p);
        if (op.gating == Gating::Sigmoid) std::transform(p.begin(), p.end(), p.begin(), sigmoid);
        Values score = p;
        for (uint32_t e = 0; bias && e < op.n_expert; ++e) score[e] += bias[e];

        const std::vector<uint32_t> ids = best(score, candidates(op, score), op.n_used);
        Values w;
        for (const uint32_t e : ids) w.push_back(p[e]);
        if (op.gating == Gating::SoftmaxOfChosen) w = softmax(w);
        const double sum = op.renormalize ? std::accumulate(w.begin(), w.end(), 0.0) : 1;
        for (uint32_t j = 0; j < op.n_used; ++j) {
            const auto id = static_cast<int32_t>(ids[j]);
            std::memcpy(ctx.row(op.ids, i) + j, &id, sizeof id);
            ctx.row(op.weights, i)[j] = static_cast<float>(w[j] / sum * op.scale * (expert_scale ? expert_scale[id] : 1));
        }
    }
}

void run(const Experts& op, RefContext& ctx) {
    for (uint32_t i = 0; i < ctx.params.rows; ++i) {
        const Values h = normalize(ctx, op.norm, load(ctx.row(op.in, i), op.n_in));
        Values y(op.n_out);
        for (uint32_t j = 0; j < op.n_used; ++j) {
            uint32_t id;
            std::memcpy(&id, ctx.row(op.ids, i) + j, sizeof id);
            Values a;
            for (uint32_t r = 0; r < op.n_ff; ++r) {
                const double up = dot(ctx, op.up, r, h, id);
                a.push_back(op.glu ? glu(op.act, dot(ctx, op.gate, r, h, id), up) : activate(op.act, up));
            }
            for (uint32_t r = 0; r < op.n_out; ++r) y[r] += ctx.row(op.weights, i)[j] * dot(ctx, op.down, r, a, id);
        }
        for (uint32_t r = 0; r < op.n_out; ++r) {
            const double residual = op.residual.valid() ? ctx.row(op.residual, i)[r] : 0;
            ctx.row(op.out, i)[r] = static_cast<float>(y[r] * op.scale + residual);
        }
    }
}

}  // namespace dlgo::ref
