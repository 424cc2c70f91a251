// A loaded language model: file, tokenizer, plan, weights on their devices. Immutable, shared by any number of sessions and threads.
#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "core/sample/grammar/vocabulary.h"
#include "core/text/chat.h"
#include "core/text/tokenizer.h"
#include "models/llm/executor.h"
#include "models/llm/lower.h"

namespace dlgo {

// The fields of dlgo_llm_options, with the same meaning.
struct ModelOptions {
    std::string device, isa;
    int32_t gpu_layers = DLGO_GPU_LAYERS_AUTO;
    uint64_t vram_budget = 0;
    int32_t threads = 0;
    bool vocab_only = false;
    int32_t use_mmap = DLGO_MMAP_AUTO;
    uint32_t max_context = 0;
    std::function<bool(float)> progress;  // true = stop
};

class Model {
public:
    static std::shared_ptr<const Model> load(const std::string& path, const ModelOptions& options);
    // What load() and one session would put where; reads only the header.
    static dlgo_memory_plan estimate(const std::string& path, const ModelOptions& options);

    const Gguf& file() const noexcept { return *file_; }
    const Tokenizer& tokenizer() const noexcept { return *tokenizer_; }
    // UNSUPPORTED for a template that cannot be parsed.
    const ChatTemplate& chat_template() const;
    bool has_chat_template() const { return file_->has("tokenizer.chat_template"); }
    std::shared_ptr<const GrammarVocabulary> grammar_vocabulary() const;

    bool has_weights() const noexcept { return plan_ != nullptr; }
    const Plan& plan() const noexcept { return *plan_; }
    const Weights& weights() const noexcept { return *weights_; }
    const std::vector<uint8_t>& placement() const noexcept { return placement_; }
    uint32_t n_ctx_train() const noexcept { return n_ctx_train_; }

    // The context of a session that does not ask for one: max_context or the trained one, or what the memory of host and GPU holds.
    uint32_t default_context(SessionSpec spec) const;
    // OUT_OF_MEMORY when the state is larger than the machine's memory. Where the GPU has no room the session runs on the CPU.
    std::unique_ptr<Executor> create_executor(const SessionSpec& spec) const;

    dlgo_llm_info info() const;
    // Name of the device that holds a tensor.
    const char* device_of(const std::string& tensor) const;
    double load_ms() const noexcept { return load_ms_; }

private:
    Model() = default;
    void open(const std::string& path, const ModelOptions& options, bool header_only);
    void lower_plan(const ModelOptions& options, bool with_data);
    uint64_t gpu_budget(const ModelOptions& options) const;
    uint32_t choose_gpu_layers(const ModelOptions& options);
    void load_weights(uint32_t gpu_layers);
    MemoryUse use_of(uint8_t device, const SessionSpec& spec) const;

    std::shared_ptr<const Gguf> file_;
    std::unique_ptr<Tokenizer> tokenizer_;
    uint32_t n_ctx_train_ = 0, max_context_ = 0, n_vocab_ = 0, n_embd_ = 0, n_layer_ = 0;
    std::shared_ptr<const Plan> plan_;
    std::shared_ptr<const Weights> weights_;
    std::shared_ptr<Backend> cpu_, gpu_;
    std::vector<uint8_t> placement_;
    std::vector<std::shared_ptr<DeviceModel>> models_;  // by device; the GPU's is null when nothing is there
    uint32_t gpu_layers_ = 0;
    uint64_t gpu_budget_ = 0;
    double load_ms_ = 0;

    // For sessions that the GPU has no room for.
    mutable std::mutex on_cpu_mutex_;
    mutable std::shared_ptr<DeviceModel> on_cpu_;

    mutable std::once_flag template_once_, vocabulary_once_;
    mutable std::unique_ptr<ChatTemplate> template_;
    mutable std::shared_ptr<const GrammarVocabulary> vocabulary_;
};

}  // namespace dlgo
