#include "models/llm/model.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <new>

#include "backends/devices.h"
#include "core/base/env.h"
#include "core/base/error.h"
#include "core/base/log.h"
#include "core/plan/diagnostics.h"
#include "core/plan/step_io.h"
#include "models/llm/placement.h"

namespace dlgo {

namespace {

// Of the memory that is free: the rest is for whoever else needs some.
constexpr double kUsableMemory = 0.9;

void copy_text(char* out, size_t size, std::string_view text) {
    const size_t n = std::min(size - 1, text.size());
    text.copy(out, n);
    out[n] = 0;
}

void check_options(const ModelOptions& o) {
    if (o.gpu_layers < DLGO_GPU_LAYERS_AUTO) fail(DLGO_ERROR_INVALID_ARGUMENT, "gpu_layers is %d, not -1 (automatic) or a count", o.gpu_layers);
    if (o.max_context > kMaxContext) fail(DLGO_ERROR_INVALID_ARGUMENT, "max_context is %u, at most %u is possible", o.max_context, kMaxContext);
}

}  // namespace

void Model::open(const std::string& path, const ModelOptions& options, bool header_only) {
    check_options(options);
    Gguf::Options o;
    o.use_mmap = options.use_mmap != 0;
    o.header_only = header_only;
    if (options.progress) o.progress = [&](float fraction) { return options.progress(0.9f * fraction); };
    file_ = Gguf::open(path, o);
    max_context_ = options.max_context;
    cpu_ = open_cpu(options.threads, options.isa, options.use_mmap < 0);
}

void Model::lower_plan(const ModelOptions& options, bool with_data) {
    Lowered lowered = lower(file_, options.max_context, with_data);
    n_ctx_train_ = lowered.spec.n_ctx_train;
    n_vocab_ = lowered.spec.n_vocab;
    n_embd_ = lowered.spec.n_embd;
    n_layer_ = lowered.spec.n_layer;
    plan_ = std::move(lowered.plan);
    weights_ = std::move(lowered.weights);
    gpu_ = options.gpu_layers == 0 ? nullptr : find_gpu(options.device);
    if (options.gpu_layers == 0) find_gpu(options.device);  // its name is checked all the same
}

uint64_t Model::gpu_budget(const ModelOptions& options) const {
    if (options.vram_budget > 0) return options.vram_budget;
    if (const auto budget = env_size("DLGO_VRAM_BUDGET")) return *budget;
    return static_cast<uint64_t>(static_cast<double>(gpu_->memory_free()) * kUsableMemory);
}

uint32_t Model::choose_gpu_layers(const ModelOptions& options) {
    if (!gpu_) return 0;
    SessionSpec spec;
    spec.n_ctx = max_context_ ? max_context_ : n_ctx_train_;
    const uint64_t budget = gpu_budget_ = gpu_budget(options);
    uint32_t fits = fit_layers(*plan_, *weights_, *gpu_, spec, budget);
    // A long context must not push weights off the GPU when nobody asked for all of it.
    if (fits < plan_->n_layer && max_context_ == 0) {
        spec.n_ctx = std::min<uint32_t>(spec.n_ctx, 4096);
        fits = fit_layers(*plan_, *weights_, *gpu_, spec, budget);
    }
    return options.gpu_layers < 0 ? fits : std::min(fits, static_cast<uint32_t>(options.gpu_layers));
}

// With fewer layers on the GPU each time that it has no room for them.
void Model::load_weights(uint32_t gpu_layers) {
    const std::shared_ptr<const Plan> bare = plan_;
    for (;; gpu_layers = gpu_layers * 3 / 4) {
        placement_ = place(*bare, *weights_, gpu_.get(), gpu_layers);
        Plan plan = *bare;
        insert_probes(plan, placement_);
        plan_ = std::make_shared<Plan>(std::move(plan));
        gpu_layers_ = gpu_layers;
        models_.assign(2, nullptr);
        const std::vector<uint32_t> on_gpu = steps_on(placement_, 1);
        try {
            if (!on_gpu.empty()) models_[1] = gpu_->load(plan_, weights_, on_gpu);
            models_[kCpu] = cpu_->load(plan_, weights_, steps_on(placement_, kCpu));
            return;
        } catch (const Error& e) {
            if (e.code() != DLGO_ERROR_OUT_OF_MEMORY || gpu_layers == 0) throw;
            log(DLGO_LOG_WARN, "%u layers do not fit on %s: %s", gpu_layers, gpu_->info().name, e.what());
        }
    }
}

std::shared_ptr<const Model> Model::load(const std::string& path, const ModelOptions& options) {
    const auto begin = std::chrono::steady_clock::now();
    std::shared_ptr<Model> model(new Model);
    model->open(path, options, options.vocab_only);
    model->tokenizer_ = Tokenizer::create(*model->file_);
    const std::string architecture(model->file_->get_string("general.architecture", ""));
    const auto told = [&](const char* key) {
        return static_cast<uint32_t>(std::min<uint64_t>(model->file_->get_uint(architecture + key, 0), kMaxContext));
    };
    model->n_ctx_train_ = told(".context_length");
    model->n_embd_ = told(".embedding_length");
    const uint32_t n_layer = told(".block_count"), n_mtp = told(".nextn_predict_layers");
    model->n_layer_ = n_layer - std::min(n_layer, n_mtp);
    if (options.progress && options.progress(0.92f)) fail(DLGO_ERROR_CANCELLED, "loading was stopped by the progress callback");
    if (!options.vocab_only) {
        model->lower_plan(options, true);
        const auto size = static_cast<uint32_t>(model->tokenizer_->size());
        if (size > model->n_vocab_) {
            fail(DLGO_ERROR_FORMAT, "%s: the tokenizer has %u tokens, but token_embd.weight only %u rows", path.c_str(), size, model->n_vocab_);
        }
        model->load_weights(model->choose_gpu_layers(options));
    }
    if (options.progress && options.progress(1)) fail(DLGO_ERROR_CANCELLED, "loading was stopped by the progress callback");
    model->load_ms_ = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
    log(DLGO_LOG_INFO, "%s: loaded in %.0f ms, %u of %d layers on the GPU", path.c_str(), model->load_ms_, model->gpu_layers_,
        model->has_weights() ? static_cast<int>(model->plan_->n_layer) : 0);
    return model;
}

MemoryUse Model::use_of(uint8_t device, const SessionSpec& spec) const {
    const std::vector<uint32_t> steps = steps_on(placement_, device);
    if (steps.empty()) return {};
    return (device == kCpu ? cpu_ : gpu_)->estimate(*plan_, *weights_, steps, spec);
}

dlgo_memory_plan Model::estimate(const std::string& path, const ModelOptions& options) {
    Model model;
    model.open(path, options, true);
    model.lower_plan(options, false);
    const uint32_t gpu_layers = model.choose_gpu_layers(options);
    model.gpu_layers_ = gpu_layers;
    model.placement_ = place(*model.plan_, *model.weights_, model.gpu_.get(), gpu_layers);
    SessionSpec spec;
    spec.n_ctx = model.default_context(spec);
    const MemoryUse host = model.use_of(kCpu, spec), device = model.use_of(1, spec);
    dlgo_memory_plan plan{};
    plan.layers = static_cast<int32_t>(model.plan_->n_layer);
    plan.gpu_layers = static_cast<int32_t>(gpu_layers);
    copy_text(plan.device, sizeof plan.device, gpu_layers > 0 ? model.gpu_->info().name : "cpu");
    plan.host_weights = host.weights;
    plan.device_weights = device.weights;
    plan.host_state = host.state;
    plan.device_state = device.state;
    plan.host_scratch = host.scratch;
    plan.device_scratch = device.scratch;
    plan.host_repacked = host.repacked;
    return plan;
}

uint32_t Model::default_context(SessionSpec spec) const {
    const uint32_t wanted = max_context_ ? max_context_ : n_ctx_train_;
    const auto fits = [&](uint32_t n_ctx) {
        spec.n_ctx = n_ctx;
        const MemoryUse host = use_of(kCpu, spec), device = use_of(1, spec);
        return static_cast<double>(host.state + host.scratch) <= kUsableMemory * static_cast<double>(cpu_->info().memory_total) / 2 &&
               (device.weights == 0 || device.weights + device.state + device.scratch <= gpu_budget_);
    };
    uint32_t n_ctx = wanted;
    while (n_ctx > 512 && !fits(n_ctx)) n_ctx = std::max(512u, n_ctx / 4 * 3);
    if (n_ctx < wanted) log(DLGO_LOG_INFO, "context of %u tokens instead of %u: memory holds no more", n_ctx, wanted);
    return n_ctx;
}

std::unique_ptr<Executor> Model::create_executor(const SessionSpec& spec) const {
    const MemoryUse host = use_of(kCpu, spec);
    const uint64_t memory = cpu_->info().memory_total;
    if (host.state + host.scratch > memory) {
        fail(DLGO_ERROR_OUT_OF_MEMORY, "a session of %u tokens needs %llu bytes, the machine has %llu", spec.n_ctx,
             static_cast<unsigned long long>(host.state + host.scratch), static_cast<unsigned long long>(memory));
    }
    try {
        return std::make_unique<Executor>(plan_, placement_, models_, spec);
    } catch (const Error& e) {
        if (e.code() != DLGO_ERROR_OUT_OF_MEMORY || !models_[1]) throw;
        log(DLGO_LOG_WARN, "no room for a session on %s, it runs on the CPU: %s", gpu_->info().name, e.what());
    }
    const std::vector<uint8_t> on_cpu(placement_.size(), kCpu);
    const std::lock_guard lock(on_cpu_mutex_);
    if (!on_cpu_) on_cpu_ = cpu_->load(plan_, weights_, steps_on(on_cpu, kCpu));
    return std::make_unique<Executor>(plan_, on_cpu, std::vector<std::shared_ptr<DeviceModel>>{on_cpu_, nullptr}, spec);
}

const ChatTemplate& Model::chat_template() const {
    if (!has_chat_template()) return ChatTemplate::chatml();
    std::call_once(template_once_, [&] { template_ = std::make_unique<ChatTemplate>(file_->get_string("tokenizer.chat_template")); });
    return *template_;
}

std::shared_ptr<const GrammarVocabulary> Model::grammar_vocabulary() const {
    std::call_once(vocabulary_once_, [&] {
        const Tokenizer& t = *tokenizer_;
        vocabulary_ = std::make_shared<GrammarVocabulary>(
            static_cast<int32_t>(n_vocab_), [&](int32_t id) { return id < t.size() ? t.piece(id, false) : std::string_view(); },
            [&](int32_t id) { return id < t.size() && t.is_end_of_generation(id); });
    });
    return vocabulary_;
}

// Values that one token uses: of a stack of experts only the chosen ones.
static uint64_t active_values(const Plan& plan, const Weights& weights, uint64_t all) {
    for (const Step& step : plan.steps) {
        const auto* experts = std::get_if<Experts>(&step.op);
        if (!experts) continue;
        for (const MatRef* m : {&experts->gate, &experts->up, &experts->down}) {
            if (m->matrix == kNoMatrix) continue;
            const Matrix& matrix = weights.matrices[m->matrix];
            all -= uint64_t{matrix.n_in} * m->n_out * (experts->n_expert - experts->n_used);
        }
    }
    return all;
}

dlgo_llm_info Model::info() const {
    dlgo_llm_info info{};
    copy_text(info.architecture, sizeof info.architecture, file_->get_string("general.architecture", ""));
    copy_text(info.name, sizeof info.name, file_->get_string("general.name", ""));
    copy_text(info.device, sizeof info.device, gpu_layers_ > 0 ? gpu_->info().name : "cpu");
    copy_text(info.isa, sizeof info.isa, cpu_->info().features);
    for (const GgufTensor& t : file_->tensors()) {
        info.parameters += t.n_values();
        info.weight_bytes += t.bytes;
    }
    info.active_parameters = info.parameters;
    info.context_length = n_ctx_train_;
    info.vocab_size = has_weights() ? n_vocab_ : static_cast<uint32_t>(tokenizer_->size());
    info.threads = cpu_->threads();
    info.gpu_layers = static_cast<int32_t>(gpu_layers_);
    info.bos_token = tokenizer_->bos();
    info.eos_token = tokenizer_->eos();
    info.has_chat_template = has_chat_template();
    info.has_weights = has_weights();
    info.layers = static_cast<int32_t>(n_layer_);
    info.embedding_length = n_embd_;
    if (has_weights()) {
        info.active_parameters = active_values(*plan_, *weights_, info.parameters);
        info.repacked_bytes = models_[kCpu]->memory().repacked;
    }
    return info;
}

const char* Model::device_of(const std::string& tensor) const {
    for (size_t i = 0; i < placement_.size(); ++i) {
        if (placement_[i] == kCpu) continue;
        for (const MatrixId id : step_matrices(plan_->steps[i])) {
            if (weights_->matrices[id].name == tensor) return gpu_->info().name;
        }
    }
    return cpu_->info().name;
}

}  // namespace dlgo
