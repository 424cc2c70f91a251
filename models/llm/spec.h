// Every variation of an architecture as data, resolved per layer at load. models/llm/arch declares it, models/llm/blocks lowers it.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "core/plan/plan.h"
#include "models/llm/hparams.h"

namespace dlgo {

// Where frequencies come from. inv_freq_i = base^(-2i / n_rot), divided by the factors tensor (if any), then scaled.
struct RopeDecl {
    bool enabled = true;
    bool adjacent = false;
    uint32_t n_rot = 0;
    float base = 10000;
    const char* factors = nullptr;      // tensor of [n_rot / 2] divisors, used if the file has it
    bool factors_required = false;
    float linear = 1;                   // positions are divided by it
    float yarn_factor = 0;              // > 0: YaRN (Peng et al. 2023, arXiv 2309.00071)
    float yarn_beta_fast = 32, yarn_beta_slow = 1;
    uint32_t original_context = 0;
    float magnitude = 1;
    std::vector<uint32_t> sections;     // if given: pair j is rotated if j < 3 * sections[j % 3] (interleaved multi-axis rope, text only)
};

enum class QkNorm : uint8_t { None, Head, HeadIfPresent, All };

struct AttentionDecl {
    uint32_t n_head = 0, n_head_kv = 0, head_dim = 0, v_dim = 0;
    RopeDecl rope;
    QkNorm qk_norm = QkNorm::None;
    bool v_norm = false;        // RMS without weight
    bool gated = false;         // attn_q gives, per head, the query and a gate of the same size
    bool sinks = false;
    uint32_t window = 0;
    float scale = 0;            // 0: 1 / sqrt(head_dim)
    float softcap = 0;
    float temp_scale = 0;
    uint32_t temp_length = 1;
    int32_t kv_of_layer = -1;   // >= 0: no keys of its own
    bool v_is_k_if_absent = false;
};

struct MlaDecl {
    uint32_t q_lora = 0, kv_lora = 0, nope = 0, v_dim = 0;
    float scale = 0;
};

struct DeltaDecl {
    uint32_t n_k = 0, n_v = 0, d_state = 0, kernel = 0;
    bool fused_ba = false;      // ssm_ba: per k head its beta rows, then its alpha rows
    bool k_by_modulo = false;
};

struct Mamba2Decl {
    uint32_t d_inner = 0, d_state = 0, n_head = 0, n_group = 0, kernel = 0;
};

struct ShortConvDecl {
    uint32_t kernel = 0;
};

struct FfnDecl {
    uint32_t n_ff = 0;
    bool glu = true;
    bool fused_gate_up = false;  // ffn_up holds the gate rows, then the up rows
    Activation act = Activation::Silu;
};

struct MoeDecl {
    uint32_t n_expert = 0, n_used = 0, n_ff = 0, n_group = 1, n_group_used = 1;
    Gating gating = Gating::Softmax;
    bool renormalize = true;
    float scale = 1;
    bool glu = true;
    Activation act = Activation::Silu;
    uint32_t n_ff_shared = 0;    // 0 = no shared expert
    bool shared_gate = false;
    bool select_bias = false;    // exp_probs_b.bias
    uint32_t n_latent = 0;       // > 0: experts work in a smaller space
    const char* router_scale = nullptr;  // tensor: the router sees RMS norm(x) / sqrt(n_embd) * it, without the layer's norm
};

enum class Mixer : uint8_t { None, Attention, Mla, DeltaNet, Mamba2, ShortConv };
enum class Ffn : uint8_t { None, Dense, Moe, DenseAndMoe };

struct LayerSpec {
    Mixer mixer = Mixer::Attention;
    Ffn ffn = Ffn::Dense;
    NormKind norm = NormKind::Rms;
    float eps = 0;
    // Norm tensors, nullptr = none.
    const char* attn_norm = "attn_norm";
    const char* attn_post_norm = nullptr;
    const char* ffn_norm = "ffn_norm";
    const char* ffn_post_norm = nullptr;
    bool parallel = false;       // attention and feed-forward both start from the layer's input
    float residual_scale = 1;
    AttentionDecl attn;
    MlaDecl mla;
    DeltaDecl delta;
    Mamba2Decl mamba;
    ShortConvDecl conv;
    FfnDecl dense;
    MoeDecl moe;
};

struct ModelSpec {
    uint32_t n_layer = 0, n_embd = 0, n_vocab = 0, n_ctx_train = 0;
    uint32_t n_ctx = 0;          // planned context; chooses between long and short rope factors
    float embedding_scale = 1, logit_scale = 1, logit_softcap = 0;
    const char* final_norm = "output_norm";
    uint32_t n_per_layer = 0;    // width of per-layer embeddings (Gemma 3n, 4)
    std::vector<LayerSpec> layers;
};

struct Architecture {
    std::vector<const char*> names;                       // general.architecture
    void (*declare)(const Hparams& h, ModelSpec& m);      // m comes with what base_spec() found
};

// Reads what nearly all architectures share. n_ctx: the context to plan for, 0 = the trained one.
ModelSpec base_spec(const Hparams& h, uint32_t n_ctx);

// base_spec + the architecture's own declaration. UNSUPPORTED for an unknown architecture.
ModelSpec declare_model(const Hparams& h, uint32_t n_ctx);

// Names of all architectures, sorted.
std::vector<std::string> architecture_names();

// Pieces that several architectures share.
namespace decl {
void read_window(const Hparams& h, ModelSpec& m, bool (*windowed)(uint32_t layer));  // attention.sliding_window
void read_shared_expert(const Hparams& h, ModelSpec& m);                            // shared expert counts and widths
void read_routing(const Hparams& h, ModelSpec& m);                                  // expert_gating_func, weights_norm, _scale, groups
void leading_dense(const Hparams& h, ModelSpec& m);                                 // leading_dense_block_count
void yarn(const Hparams& h, RopeDecl& rope, float magnitude);                       // if rope.scaling.type is yarn

// Norms of what attention and the feed-forward part give.
inline void post_norms(LayerSpec& l) {
    l.attn_post_norm = "post_attention_norm";
    l.ffn_post_norm = "post_ffw_norm";
}
}  // namespace decl

}  // namespace dlgo
