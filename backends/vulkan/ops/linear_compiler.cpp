#include "backends/vulkan/ops/linear_compiler.h"

#include <algorithm>

#include "backends/vulkan/weight_layout.h"

namespace dlgo::vulkan {

// Rows r0 .. of a MatRef.
struct Part {
    Type type;
    VkDeviceAddress weights;
    uint32_t n_blocks, row0;  // row0: in the piece
    uint32_t r0, n;           // of the MatRef
};

namespace {

// Up to so many rows each go over the weights for themselves.
constexpr uint32_t kVecRows = 4;
// A workgroup of linear_vec prepares all activations for itself: many threads share that work. Software drivers compile for few.
constexpr uint32_t kVecThreads = 512, kVecThreadsSoftware = 128;
constexpr uint32_t kMostGroups = 264;     // workgroups of linear_vec: two for every core of a large GPU
constexpr uint32_t kVecChunk = 128;       // units that linear_vec holds in shared memory
constexpr uint32_t kTile = 64;            // of linear_mat, both ways

// Arguments of shaders/linear_prepare.comp.
struct PrepareArgs {
    VkDeviceAddress act, params, run, rows_out, scales_out;
    uint32_t in_at, in_stride, n_in, row_words, norm_weight, norm_bias;
    float eps;
    uint32_t head;
};

uint32_t padded(uint32_t n_in) { return ceil_div(n_in, 32) * 32; }

uint32_t row_words(Form form, uint32_t n_in) { return form == Form::Halves ? padded(n_in) / 2 : padded(n_in); }

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

Part cut(Part part, uint32_t begin, uint32_t end) {
    part.row0 += begin - part.r0;
    part.r0 = begin;
    part.n = end - begin;
    return part;
}

void shift(LinearArgs& args, uint32_t r0) {
    if (args.mul_at != kNone) args.mul_at += r0;
    if (args.residual_at != kNone) args.residual_at += r0;
}

}  // namespace

uint64_t prepared_floats(uint32_t n_in, uint32_t rows) noexcept { return (uint64_t{padded(n_in)} + 1) * rows; }

LinearCompiler::LinearCompiler(Compiler& c, const char* name, View in, uint32_t n_in, const NormSpec& norm, Activation act, bool head)
    : c_(c), name_(name), in_(in), norm_(norm), act_(act), head_(head) {
    base_.act = c.act();
    base_.params = c.params();
    base_.run = c.run();
    base_.n_in = n_in;
}

void LinearCompiler::plain(std::span<const MatRef> mats, const uint32_t* out_at, const uint32_t* out_stride) {
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

void LinearCompiler::glu(const MatRef& gate, const MatRef& up, uint32_t out_at, uint32_t out_stride) {
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

void LinearCompiler::put(LinearArgs& args, const Part& part, const MatRef& mat, uint32_t out_at, uint32_t out_stride) const {
    const uint32_t i = args.n_mats++;
    args.weights[i] = part.weights;
    args.n_blocks[i] = part.n_blocks;
    args.row0[i] = part.row0;
    args.n_out[i] = part.n;
    args.out_at[i] = out_at + part.r0;
    args.out_stride[i] = out_stride;
    args.bias[i] = mat.bias == kNoParam ? kNone : c_.param(mat.bias) + part.r0;
}

// linear_mat's form of the activations for weights of this type.
Form LinearCompiler::form(Type type) const {
    if (!c_.model.device->physical().cooperative_matrix || !has_shader(std::string("linear_mat_coopmat.") + traits(type).name)) return Form::Floats;
    return traits(type).block == 1 ? Form::TwoHalves : Form::Halves;
}
uint32_t LinearCompiler::scales_at() const { return c_.scratch() + padded(base_.n_in) * rows_at_most(); }

// Input rows to scratch memory, unless they are there in this form.
void LinearCompiler::prepare(Form form) {
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

void LinearCompiler::dispatch(const LinearArgs& args, Type type, bool glu) {
    uint32_t n = args.n_out[0];
    for (uint32_t j = 1; !glu && j < args.n_mats; ++j) n += args.n_out[j];
    const uint64_t bytes = layout_bytes(type, args.n_in, uint64_t{n} * (glu ? 2 : 1));
    prepare(form(type));
    finish(add_vec(args, type, glu, n), bytes);
    if (c_.max_rows > 1) finish(add_mat(args, type, glu), bytes);
    first_ = false;
}

// n: weight rows, or pairs of them.
Dispatch& LinearCompiler::add_vec(LinearArgs args, Type type, bool glu, uint32_t n) {
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

Dispatch& LinearCompiler::add_mat(LinearArgs args, Type type, bool glu) {
    const Form wanted = form(type);
    args.in_at = c_.scratch();
    args.in_stride = row_words(wanted, args.n_in);
    args.norm_weight = scales_at();
    const uint32_t tile_rows = glu ? kTile / 2 : kTile;
    uint32_t tiles = 0;
    for (uint32_t j = 0; j < (glu ? 1 : args.n_mats); ++j) tiles += ceil_div(args.n_out[j], tile_rows);
    const bool matrix = wanted != Form::Floats;
    const std::string format = traits(type).name;
    const bool workgroup = matrix && c_.model.device->physical().workgroup_matrix && has_shader("linear_mat_coopmat2." + format);
    return c_.add(name_, (workgroup ? "linear_mat_coopmat2." : matrix ? "linear_mat_coopmat." : "linear_mat.") + format,
                  {0, static_cast<uint32_t>(act_), glu, head_}, args,
                  [tiles, head = head_](const Shape& s) {
                      const uint32_t n_rows = head ? s.logits_rows : s.rows;
                      return n_rows > kVecRows ? Groups{tiles, ceil_div(n_rows, kTile), 1} : Groups{};
                  }, matrix ? 32 : 0);
}

void LinearCompiler::finish(Dispatch& d, uint64_t bytes) const {
    d.weight_bytes = bytes;
    d.waits = first_;
    d.head = head_;
}

}  // namespace dlgo::vulkan
