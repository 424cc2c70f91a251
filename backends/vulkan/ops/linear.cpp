// Linear and Head. Few rows: linear_vec, which norms its input itself. Many rows: linear_prepare, then linear_mat.
#include <algorithm>
#include <optional>

#include "backends/vulkan/compiler.h"
#include "backends/vulkan/ops/ops.h"
#include "backends/vulkan/weight_layout.h"

namespace dlgo::vulkan {

namespace {

// Up to so many rows each go over the weights for themselves.
constexpr uint32_t kVecRows = 4;
// A workgroup of linear_vec prepares all activations for itself: many threads share that work. Software drivers compile for few.
constexpr uint32_t kVecThreads = 512, kVecThreadsSoftware = 128;
constexpr uint32_t kMostGroups = 264;     // workgroups of linear_vec: two for every core of a large GPU
constexpr uint32_t kVecChunk = 128;       // units that linear_vec holds in shared memory
constexpr uint32_t kTile = 64;            // of linear_mat, both ways

// Arguments of shaders/lib/linear.glsl.
struct LinearArgs {
    VkDeviceAddress weights[4] = {}, act = 0, params = 0, run = 0;
    uint32_t n_blocks[4] = {}, row0[4] = {}, n_out[4] = {}, out_at[4] = {}, out_stride[4] = {};
    uint32_t bias[4] = {kNone, kNone, kNone, kNone};
    uint32_t in_at = 0, in_stride = 0, n_in = 0;
    uint32_t norm_weight = kNone, norm_bias = kNone;
    float eps = 0;
    uint32_t n_mats = 0;
    uint32_t mul_at = kNone, mul_stride = 0, gate_at = kNone, gate_stride = 0, residual_at = kNone, residual_stride = 0;
    float scale = 1, out_scale = 1, softcap = 0;
};

// Arguments of shaders/linear_prepare.comp.
struct PrepareArgs {
    VkDeviceAddress act, params, run, rows_out, scales_out;
    uint32_t in_at, in_stride, n_in, row_words, norm_weight, norm_bias;
    float eps;
    uint32_t head;
};

// kForm of linear_prepare.
enum class Form : uint32_t { Floats, Halves, TwoHalves };

uint32_t padded(uint32_t n_in) { return ceil_div(n_in, 32) * 32; }

// Room for prepared rows and their scales.
uint64_t prepared_floats(uint32_t n_in, uint32_t rows) { return (uint64_t{padded(n_in)} + 1) * rows; }

// Rows r0 .. of a matrix that lie in one piece.
struct Part {
    Type type;
    VkDeviceAddress weights;
    uint32_t n_blocks, row0;  // row0: in the piece
    uint32_t r0, n;           // of the MatRef
};

std::vector<Part> parts_of(const Compiler& c, const MatRef& mat) {
    std::vector<Part> out;
    for (const Piece& piece : c.model.store->pieces(mat.matrix)) {
        const uint32_t begin = std::max(mat.row0, piece.first_row), end = std::min(mat.row0 + mat.n_out, piece.first_row + piece.n_rows);
        if (begin >= end) continue;
        out.push_back({c.model.weights->matrices[mat.matrix].type, piece.address, piece.n_blocks, begin - piece.first_row, begin - mat.row0,
                       end - begin});
    }
    return out;
}

// The kernels' common ground for one Linear or Head.
class LinearCompiler {
public:
    LinearCompiler(Compiler& c, const char* name, View in, uint32_t n_in, const NormSpec& norm, Activation act, bool head)
        : c_(c), name_(name), in_(in), norm_(norm), act_(act), head_(head) {
        base_.act = c.act();
        base_.params = c.params();
        base_.run = c.run();
        base_.n_in = n_in;
    }

    LinearArgs& base() noexcept { return base_; }

    // mats[j] goes to out_at[j]; products go through the epilogue of base().
    void plain(std::span<const MatRef> mats, const uint32_t* out_at, const uint32_t* out_stride) {
        // Matrices of one format in one dispatch; where the epilogue reads by row index, each part needs its own.
        const bool by_row = base_.mul_at != kNone || base_.residual_at != kNone;
        std::vector<std::pair<LinearArgs, Type>> jobs;
        for (uint32_t j = 0; j < mats.size(); ++j) {
            for (const Part& part : parts_of(c_, mats[j])) {
                auto job = std::find_if(jobs.begin(), jobs.end(), [&](const auto& a) { return !by_row && a.second == part.type && a.first.n_mats < 4; });
                if (job == jobs.end()) job = jobs.insert(jobs.end(), {base_, part.type});
                put(job->first, part, mats[j], out_at[j], out_stride[j]);
                if (by_row) shift(job->first, part.r0);
            }
        }
        for (const auto& [args, type] : jobs) dispatch(args, type, false);
    }

    // act(gate) * up. Both of one format.
    void glu(const MatRef& gate, const MatRef& up, uint32_t out_at, uint32_t out_stride) {
        for (const Part& g : parts_of(c_, gate)) {
            for (const Part& u : parts_of(c_, up)) {
                const uint32_t begin = std::max(g.r0, u.r0), end = std::min(g.r0 + g.n, u.r0 + u.n);
                if (begin >= end) continue;
                LinearArgs args = base_;
                put(args, cut(g, begin, end), gate, out_at, out_stride);
                put(args, cut(u, begin, end), up, 0, 0);
                shift(args, begin);
                dispatch(args, g.type, true);
            }
        }
    }

private:
    static Part cut(Part part, uint32_t begin, uint32_t end) {
        part.row0 += begin - part.r0;
        part.r0 = begin;
        part.n = end - begin;
        return part;
    }

    void put(LinearArgs& args, const Part& part, const MatRef& mat, uint32_t out_at, uint32_t out_stride) const {
        const uint32_t i = args.n_mats++;
        args.weights[i] = part.weights;
        args.n_blocks[i] = part.n_blocks;
        args.row0[i] = part.row0;
        args.n_out[i] = part.n;
        args.out_at[i] = out_at + part.r0;
        args.out_stride[i] = out_stride;
        args.bias[i] = mat.bias == kNoParam ? kNone : c_.param(mat.bias) + part.r0;
    }

    static void shift(LinearArgs& args, uint32_t r0) {
        if (args.mul_at != kNone) args.mul_at += r0;
        if (args.residual_at != kNone) args.residual_at += r0;
    }

    // linear_mat's form of the activations for weights of this type.
    Form form(Type type) const {
        if (!c_.model.device->physical().cooperative_matrix || !has_shader(std::string("linear_mat_coopmat.") + traits(type).name)) return Form::Floats;
        return traits(type).block == 1 ? Form::TwoHalves : Form::Halves;
    }
    static uint32_t row_words(Form form, uint32_t n_in) { return form == Form::Halves ? padded(n_in) / 2 : padded(n_in); }
    uint32_t scales_at() const { return c_.scratch() + padded(base_.n_in) * rows_at_most(); }
    uint32_t rows_at_most() const { return head_ ? kLogitsRows : c_.max_rows; }

    // Input rows to scratch memory, unless they are there in this form.
    void prepare(Form form) {
        if (c_.max_rows <= 1 || prepared_ == form) return;
        prepared_ = form;
        PrepareArgs args{};
        args.act = c_.act();
        args.params = c_.params();
        args.run = c_.run();
        args.rows_out = c_.act() + uint64_t{c_.scratch()} * sizeof(float);
        args.scales_out = c_.act() + uint64_t{scales_at()} * sizeof(float);
        args.in_at = c_.at(in_);
        args.in_stride = c_.stride(in_);
        args.n_in = base_.n_in;
        args.row_words = row_words(form, base_.n_in);
        args.norm_weight = c_.param(norm_.weight);
        args.norm_bias = c_.param(norm_.bias);
        args.eps = norm_.eps;
        args.head = head_;
        c_.add("prepare", "linear_prepare", {static_cast<uint32_t>(norm_.kind), static_cast<uint32_t>(form)}, args, [head = head_](const Shape& s) {
            const uint32_t rows = head ? s.logits_rows : s.rows;
            return rows > kVecRows ? Groups{rows, 1, 1} : Groups{};
        }).head = head_;
        first_ = true;
    }

    void dispatch(const LinearArgs& args, Type type, bool glu) {
        uint32_t n = args.n_out[0];
        for (uint32_t j = 1; !glu && j < args.n_mats; ++j) n += args.n_out[j];
        const uint64_t bytes = layout_bytes(type, args.n_in, uint64_t{n} * (glu ? 2 : 1));
        prepare(form(type));
        finish(add_vec(args, type, glu, n), bytes);
        if (c_.max_rows > 1) finish(add_mat(args, type, glu), bytes);
        first_ = false;
    }

    // n: weight rows, or pairs of them.
    Dispatch& add_vec(LinearArgs args, Type type, bool glu, uint32_t n) {
        // Few weight rows: one each for a subgroup, so that all of the GPU has work. Software drivers have no latency to hide.
        const PhysicalDevice& device = c_.model.device->physical();
        const bool software = device.software();
        const uint32_t threads = software ? kVecThreadsSoftware : std::min(kVecThreads, device.properties.limits.maxComputeWorkGroupInvocations);
        const uint32_t subgroups = std::max(threads / device.subgroup_size, 1u), streams = glu ? 2 : 1;
        const uint32_t fill = std::clamp(n / (subgroups * kMostGroups / 2), 1u, 4u / streams), rows = software ? 1 : fill == 3 ? 2 : fill;
        const uint32_t lane_units = ceil_div(std::min(padded(args.n_in) / 32, kVecChunk), device.subgroup_size);
        const uint32_t unroll = software ? 1 : std::clamp(4 / (rows * streams), 1u, lane_units);
        const uint32_t groups = std::min(ceil_div(n, rows * subgroups), kMostGroups);
        args.in_at = c_.at(in_);
        args.in_stride = c_.stride(in_);
        args.norm_weight = c_.param(norm_.weight);
        args.norm_bias = c_.param(norm_.bias);
        args.eps = norm_.eps;
        const auto fours = [](uint32_t at) { return at == kNone || at % 4 == 0; };
        const bool aligned = args.n_in % 4 == 0 && fours(args.in_at) && fours(args.in_stride) && fours(args.norm_weight) && fours(args.norm_bias);
        const std::string format = traits(type).name;
        const bool integer = device.integer_dot && has_shader("linear_vec_int8." + format);
        return c_.add(name_, (integer ? "linear_vec_int8." : "linear_vec.") + format,
                      {static_cast<uint32_t>(norm_.kind), static_cast<uint32_t>(act_), glu, head_, rows, unroll, threads, aligned}, args,
                      [groups, head = head_](const Shape& s) {
                          const uint32_t n_rows = head ? s.logits_rows : s.rows;
                          return n_rows <= kVecRows ? Groups{groups, n_rows, 1} : Groups{};
                      });
    }

    Dispatch& add_mat(LinearArgs args, Type type, bool glu) {
        const Form wanted = form(type);
        args.in_at = c_.scratch();
        args.in_stride = row_words(wanted, args.n_in);
        args.norm_weight = scales_at();
        const uint32_t tile_rows = glu ? kTile / 2 : kTile;
        uint32_t tiles = 0;
        for (uint32_t j = 0; j < (glu ? 1 : args.n_mats); ++j) tiles += ceil_div(args.n_out[j], tile_rows);
        const bool matrix = wanted != Form::Floats;
        return c_.add(name_, std::string(matrix ? "linear_mat_coopmat." : "linear_mat.") + traits(type).name,
                      {0, static_cast<uint32_t>(act_), glu, head_}, args,
                      [tiles, head = head_](const Shape& s) {
                          const uint32_t n_rows = head ? s.logits_rows : s.rows;
                          return n_rows > kVecRows ? Groups{tiles, ceil_div(n_rows, kTile), 1} : Groups{};
                      }, matrix ? 32 : 0);
    }

    void finish(Dispatch& d, uint64_t bytes) const {
        d.weight_bytes = bytes;
        d.waits = first_;
        d.head = head_;
    }

    Compiler& c_;
    const char* name_;
    View in_;
    NormSpec norm_;
    Activation act_;
    bool head_, first_ = true;
    std::optional<Form> prepared_;
    LinearArgs base_;
};

bool has_linear(Type type) noexcept { return !planes(type).empty() && has_shader(std::string("linear_vec.") + traits(type).name); }

void set_epilogue(LinearArgs& args, const Linear& op, const Compiler& c) {
    args.mul_at = c.at(op.mul);
    args.mul_stride = c.stride(op.mul);
    args.gate_at = c.at(op.row_gate);
    args.gate_stride = c.stride(op.row_gate);
    args.residual_at = c.at(op.residual);
    args.residual_stride = c.stride(op.residual);
    args.scale = op.scale;
    args.out_scale = op.out_scale;
}

bool same_format(const Linear& op, const Weights& w) { return w.matrices[op.mats[0].matrix].type == w.matrices[op.mats[1].matrix].type; }

// The two products to scratch memory, then the epilogue over them.
void compile_split_glu(const Linear& op, Compiler& c) {
    const uint32_t n = op.mats[0].n_out, at = c.scratch() + static_cast<uint32_t>(prepared_floats(op.n_in, c.max_rows));
    const uint32_t out_at[2] = {at, at + n * c.max_rows}, strides[2] = {n, n};
    LinearCompiler(c, "glu", op.in, op.n_in, op.norm, Activation::None, false).plain(std::span(op.mats, 2), out_at, strides);
    LinearArgs args;
    args.act = c.act();
    args.params = c.params();
    args.run = c.run();
    args.n_mats = 1;
    args.n_out[0] = n;
    args.out_at[0] = c.at(op.out[0]);
    args.out_stride[0] = c.stride(op.out[0]);
    args.in_at = out_at[0];
    args.norm_weight = out_at[1];
    args.in_stride = n;
    set_epilogue(args, op, c);
    c.add("glu", "glu", {0, static_cast<uint32_t>(op.act), 1}, args, [n](const Shape& s) { return Groups{ceil_div(n, 128), s.rows, 1}; });
}

bool supported(const MatRef& mat, const Weights& weights) noexcept {
    const Matrix& m = weights.matrices[mat.matrix];
    return m.count == 1 && has_linear(m.type) && mat.scale == kNoParam;
}

}  // namespace

bool supported(const Linear& op, const Weights& weights) noexcept {
    for (uint32_t j = 0; j < op.n_mats; ++j) {
        if (!supported(op.mats[j], weights)) return false;
    }
    return true;
}

bool supported(const Head& op, const Weights& weights) noexcept { return supported(op.mat, weights); }

void compile(const Linear& op, Compiler& c) {
    if (op.glu && !same_format(op, *c.model.weights)) return compile_split_glu(op, c);
    LinearCompiler linear(c, "linear", op.in, op.n_in, op.norm, op.act, false);
    set_epilogue(linear.base(), op, c);
    uint32_t out_at[kMaxLinearMats], strides[kMaxLinearMats];
    for (uint32_t j = 0; j < op.n_mats; ++j) {
        out_at[j] = c.at(op.out[j]);
        strides[j] = c.stride(op.out[j]);
    }
    if (op.glu) {
        linear.glu(op.mats[0], op.mats[1], out_at[0], strides[0]);
    } else {
        linear.plain(std::span(op.mats, op.n_mats), out_at, strides);
    }
}

void compile(const Head& op, Compiler& c) {
    LinearCompiler linear(c, "head", op.in, op.n_in, op.norm, Activation::None, true);
    linear.base().scale = op.scale;
    linear.base().softcap = op.softcap;
    const auto out_at = static_cast<uint32_t>(c.session.layout.logits);
    linear.plain(std::span(&op.mat, 1), &out_at, &c.model.plan->n_vocab);
}

uint64_t scratch_floats(const Op& op, const Weights& weights, uint32_t rows) noexcept {
    if (const auto* linear = std::get_if<Linear>(&op)) {
        uint64_t floats = prepared_floats(linear->n_in, rows);
        if (linear->glu && !same_format(*linear, weights)) floats += uint64_t{2} * linear->mats[0].n_out * rows;
        return floats;
    }
    if (const auto* head = std::get_if<Head>(&op)) return prepared_floats(head->n_in, kLogitsRows);
    if (const auto* attend = std::get_if<Attend>(&op)) return attend_scratch(*attend, rows);
    return 0;
}

}  // namespace dlgo::vulkan
