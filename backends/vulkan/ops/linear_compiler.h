// Turns the matrices of a Linear or Head into dispatches: linear_vec for few rows, which norms its input itself; linear_prepare and
// linear_mat for many.
#pragma once
#include <optional>

#include "backends/vulkan/compiler.h"

namespace dlgo::vulkan {

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

// kForm of linear_prepare.
enum class Form : uint32_t { Floats, Halves, TwoHalves };

// Floats of scratch memory for prepared rows and their scales.
uint64_t prepared_floats(uint32_t n_in, uint32_t rows) noexcept;

// Rows of a matrix that lie in one piece of memory.
struct Part;

class LinearCompiler {
public:
    LinearCompiler(Compiler& c, const char* name, View in, uint32_t n_in, const NormSpec& norm, Activation act, bool head);

    LinearArgs& base() noexcept { return base_; }

    // mats[j] goes to out_at[j]; products go through the epilogue of base().
    void plain(std::span<const MatRef> mats, const uint32_t* out_at, const uint32_t* out_stride);
    // act(gate) * up. Both of one format.
    void glu(const MatRef& gate, const MatRef& up, uint32_t out_at, uint32_t out_stride);

private:
    void put(LinearArgs& args, const Part& part, const MatRef& mat, uint32_t out_at, uint32_t out_stride) const;
    Form form(Type type) const;
    uint32_t scales_at() const;
    uint32_t rows_at_most() const { return head_ ? kLogitsRows : c_.max_rows; }
    void prepare(Form form);
    void dispatch(const LinearArgs& args, Type type, bool glu);
    Dispatch& add_vec(LinearArgs args, Type type, bool glu, uint32_t n);
    Dispatch& add_mat(LinearArgs args, Type type, bool glu);
    void finish(Dispatch& d, uint64_t bytes) const;

    Compiler& c_;
    const char* name_;
    View in_;
    NormSpec norm_;
    Activation act_;
    bool head_, first_ = true;
    std::optional<Form> prepared_;
    LinearArgs base_;
};

}  // namespace dlgo::vulkan
