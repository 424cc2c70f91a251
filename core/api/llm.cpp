#include "core/api/guard.h"
#include "core/api/handles.h"

using namespace dlgo;
using namespace dlgo::api;

namespace dlgo::api {

const Model& model_of(const dlgo_llm* llm) {
    require(llm, "llm");
    return *llm->model;
}

static ModelOptions read(const dlgo_llm_options* options) {
    using O = dlgo_llm_options;
    const O o = read_options(options, dlgo_llm_options_init,
                             {offsetof(O, device), offsetof(O, vram_budget), offsetof(O, isa), offsetof(O, progress), offsetof(O, progress_user_data)});
    ModelOptions out;
    out.device = utf8_or_empty(o.device, "device");
    out.isa = utf8_or_empty(o.isa, "isa");
    out.gpu_layers = o.gpu_layers;
    out.vram_budget = o.vram_budget;
    out.threads = o.threads;
    out.vocab_only = o.vocab_only != 0;
    out.use_mmap = o.use_mmap;
    out.max_context = o.max_context;
    if (o.progress) {
        out.progress = [callback = o.progress, user_data = o.progress_user_data](float fraction) { return callback(fraction, user_data) != 0; };
    }
    return out;
}

static void copy_name(char* out, size_t size, std::string_view text) {
    const size_t n = text.copy(out, size - 1);
    out[n] = 0;
}

static dlgo_tensor_info describe(const Model& model, const GgufTensor& tensor) {
    dlgo_tensor_info info{};
    info.n_dims = tensor.n_dims;
    std::copy(std::begin(tensor.dims), std::end(tensor.dims), info.dims);
    info.bytes = tensor.bytes;
    copy_name(info.name, sizeof info.name, tensor.name);
    copy_name(info.type, sizeof info.type, traits(tensor.type).name);
    copy_name(info.device, sizeof info.device, model.device_of(tensor.name));
    return info;
}

}  // namespace dlgo::api

extern "C" {

DLGO_API void dlgo_llm_options_init(dlgo_llm_options* options) {
    if (!options) return;
    *options = {};
    options->struct_size = sizeof *options;
    options->gpu_layers = DLGO_GPU_LAYERS_AUTO;
    options->use_mmap = DLGO_MMAP_AUTO;
}

DLGO_API dlgo_status dlgo_llm_load(const char* path, const dlgo_llm_options* options, dlgo_llm** out) {
    return guard([&] {
        require(out, "out");
        auto llm = std::make_unique<dlgo_llm>();
        llm->model = Model::load(std::string(utf8(path, "path")), read(options));
        *out = llm.release();
    });
}

DLGO_API void dlgo_llm_free(dlgo_llm* llm) { delete llm; }

DLGO_API dlgo_status dlgo_llm_estimate(const char* path, const dlgo_llm_options* options, dlgo_memory_plan* out) {
    return guard([&] { write_struct(out, Model::estimate(std::string(utf8(path, "path")), read(options)), "out"); });
}

DLGO_API dlgo_status dlgo_llm_get_info(const dlgo_llm* llm, dlgo_llm_info* out) {
    return guard([&] { write_struct(out, model_of(llm).info(), "out"); });
}

DLGO_API size_t dlgo_llm_metadata_count(const dlgo_llm* llm) { return llm ? llm->model->file().metadata().size() : 0; }

DLGO_API dlgo_status dlgo_llm_metadata_get(const dlgo_llm* llm, size_t index, char** key, char** value) {
    return guard([&] {
        const auto& all = model_of(llm).file().metadata();
        require(key, "key");
        require(value, "value");
        if (index >= all.size()) fail(DLGO_ERROR_INVALID_ARGUMENT, "metadata %zu of %zu", index, all.size());
        char* const k = new_text(all[index].first);
        try {
            *value = new_text(llm->model->file().describe(all[index].second));
        } catch (...) {
            dlgo_free(k);
            throw;
        }
        *key = k;
    });
}

DLGO_API dlgo_status dlgo_llm_metadata_find(const dlgo_llm* llm, const char* key, char** value) {
    return guard([&] {
        const Gguf& file = model_of(llm).file();
        require(value, "value");
        const GgufValue* found = file.find(utf8(key, "key"));
        if (!found) fail(DLGO_ERROR_INVALID_ARGUMENT, "%s: there is no key %s", file.path().c_str(), key);
        *value = new_text(file.describe(*found));
    });
}

DLGO_API size_t dlgo_llm_tensor_count(const dlgo_llm* llm) { return llm ? llm->model->file().tensors().size() : 0; }

DLGO_API dlgo_status dlgo_llm_tensor_get(const dlgo_llm* llm, size_t index, dlgo_tensor_info* out) {
    return guard([&] {
        const Model& model = model_of(llm);
        const auto& all = model.file().tensors();
        if (index >= all.size()) fail(DLGO_ERROR_INVALID_ARGUMENT, "tensor %zu of %zu", index, all.size());
        write_struct(out, describe(model, all[index]), "out");
    });
}

}  // extern "C"
