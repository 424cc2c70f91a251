// Arguments and epilogue of Linear (core/plan/plan.h). C++ side: LinearArgs in backends/vulkan/ops/linear.cpp.
layout(push_constant, std430) uniform Args {
    Blocks weights[4];   // planes of a matrix or of a run of its rows
    Floats act;          // the session's activations
    Floats params;       // the model's small vectors
    RunParams run;
    uint n_blocks[4];    // in `weights`
    uint row0[4];        // first row in `weights`
    uint n_out[4];
    uint out_at[4];      // offset of row 0's first result in act
    uint out_stride[4];
    uint bias[4];        // offset in params
    uint in_at, in_stride, n_in;
    uint norm_weight, norm_bias;
    float eps;
    uint n_mats;
    uint mul_at, mul_stride, gate_at, gate_stride, residual_at, residual_stride;
    float scale, out_scale, softcap;
};

layout(constant_id = 0) const uint kNorm = 0;  // NormKind
layout(constant_id = 1) const uint kAct = 0;   // Activation
layout(constant_id = 2) const bool kGlu = false;
layout(constant_id = 3) const bool kHead = false;  // rows are those of the head: run.logits_first on, results from row 0 on

uint n_rows() { return kHead ? run.logits_rows : run.rows; }
uint first_row() { return kHead ? run.logits_first : 0; }

// Result r of matrix j in row `row`, y being the product (of the gate; with kGlu `up` is the other one).
void finish(uint j, uint row, uint r, float y, float up) {
    if (bias[j] != kNone) y += params.v[bias[j] + r];
    if (kGlu) {
        if (bias[1] != kNone) up += params.v[bias[1] + r];
        y = activate_glu(kAct, y, up);
    } else {
        y = activate(kAct, y);
    }
    if (mul_at != kNone) y *= act.v[mul_at + row * mul_stride + r];
    if (gate_at != kNone) y *= sigmoid(act.v[gate_at + row * gate_stride]);
    y *= scale;
    if (residual_at != kNone) y += act.v[residual_at + row * residual_stride + r];
    y *= out_scale;
    if (softcap > 0) y = softcap * safe_tanh(y / softcap);
    act.v[out_at[j] + row * out_stride[j] + r] = y;
}
