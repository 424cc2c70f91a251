// What the blocks use to turn a declaration into steps: checked access to tensors, named buffers, the growing plan.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "models/llm/spec.h"

namespace dlgo {

class Builder {
public:
    // load_params false: the file's tensor data is not read (estimates).
    Builder(std::shared_ptr<const Gguf> file, const ModelSpec& spec, bool load_params);

    const ModelSpec& spec;
    Plan plan;
    Weights weights;
    View x;              // residual stream, [n_embd]
    uint32_t layer = 0;  // being built

    // Tensor names: layer-local ones ("attn_q") become "blk.<layer>.attn_q"; ".weight" is appended where a name has no suffix of its own.
    bool has(const std::string& name) const;
    bool has_global(const std::string& name) const;

    // FORMAT if missing or of another shape. count > 1: a stack [n_in, n_out, count].
    // With its bias and its scale, if the file has them.
    MatRef mat(const std::string& name, uint32_t n_in, uint32_t n_out, uint32_t count = 1);
    MatRef mat_global(const std::string& name, uint32_t n_in, uint32_t n_out);
    // Part of a stack or matrix: rows row0 .. row0 + n_out - 1 of the n_rows it has.
    MatRef rows(const MatRef& whole, uint32_t row0, uint32_t n_out);
    // A matrix computed at load, in F32.
    MatRef derived(const std::string& name, uint32_t n_in, uint32_t n_out, uint32_t count, std::vector<float> values);
    // A copy of some rows of a matrix, in a new order.
    struct RowRun {
        uint32_t row0, n;
    };
    MatRef gathered(const std::string& name, const MatRef& whole, const std::vector<RowRun>& runs);
    const Matrix& matrix(const MatRef& ref) const { return weights.matrices[ref.matrix]; }
    // Per-head parts of one matrix of count * rows_per_head rows, as a stack: rows row0.. of each head.
    MatRef head_rows(const MatRef& whole, uint32_t count, uint32_t rows_per_head, uint32_t row0, uint32_t n_out);

    ParamId param(const std::string& name, uint64_t n);
    ParamId param_if(const std::string& name, uint64_t n);  // kNoParam if missing
    ParamId param_global(const std::string& full_name, uint64_t n, bool required);
    ParamId constant(const std::string& name, std::vector<float> values);  // the same values share an id
    std::vector<float> read(const std::string& full_name, uint64_t n) const;

    NormSpec norm(const char* name, uint32_t n);                 // of the layer's kind; name nullptr = none
    NormSpec rms(ParamId weight) const;                          // with the layer's epsilon
    RopeSpec rope(const RopeDecl& decl, uint32_t head_dim, uint32_t offset);

    // A buffer by name: the same name gives the same buffer, as wide as its widest user.
    View buffer(const std::string& name, uint32_t width);
    uint16_t state(const StateSpec& spec);
    void add(Op op, Role role, const char* name);

    const LayerSpec& l() const { return spec.layers[layer]; }
    const std::string& path() const;

private:
    std::string local(const std::string& name) const;
    MatRef add_matrix(Matrix m, std::vector<uint8_t> bytes);
    ParamId scale_of(const std::string& stem, uint32_t count);
    MatRef find_matrix(const std::string& full_name, uint32_t n_in, uint32_t n_out, uint32_t count);

    std::shared_ptr<const Gguf> file_;
    bool load_params_;
    std::map<std::string, uint16_t> buffers_;
    std::map<std::string, MatrixId> matrices_;
    std::map<std::string, ParamId> params_;
    std::map<std::vector<float>, ParamId> constants_;
};

}  // namespace dlgo
