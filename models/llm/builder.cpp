#include "models/llm/builder.h"

#include <cmath>
#include <cstring>
#include <numbers>

#include "core/base/error.h"

namespace dlgo {

Builder::Builder(std::shared_ptr<const Gguf> file, const ModelSpec& model, bool load_params)
    : spec(model), file_(std::move(file)), load_params_(load_params) {
    weights.file = file_;
    plan.n_layer = spec.n_layer;
    plan.n_embd = spec.n_embd;
    plan.n_vocab = spec.n_vocab;
    x = buffer("x", spec.n_embd);
}

const std::string& Builder::path() const { return file_->path(); }

static std::string with_suffix(const std::string& name) {
    for (const char* suffix : {".weight", ".bias", ".scale", "ssm_a", "ssm_d"}) {
        if (name.ends_with(suffix)) return name;
    }
    return name + ".weight";
}

std::string Builder::local(const std::string& name) const { return "blk." + std::to_string(layer) + "." + with_suffix(name); }

bool Builder::has(const std::string& name) const { return file_->tensor(local(name)) != nullptr; }
bool Builder::has_global(const std::string& name) const { return file_->tensor(with_suffix(name)) != nullptr; }

static std::string shape(std::initializer_list<uint64_t> dims) {
    std::string out = "[";
    for (uint64_t d : dims) out += (out.size() > 1 ? ", " : "") + std::to_string(d);
    return out + "]";
}

MatRef Builder::find_matrix(const std::string& name, uint32_t n_in, uint32_t n_out, uint32_t count) {
    MatRef ref;
    ref.n_out = n_out;
    const GgufTensor* t = file_->tensor(name);
    if (!t) fail(DLGO_ERROR_FORMAT, "%s: tensor %s is missing, expected %s", path().c_str(), name.c_str(), shape({n_in, n_out, count}).c_str());
    if (t->dims[0] != n_in || t->dims[1] != n_out || t->dims[2] != count || t->dims[3] != 1) {
        fail(DLGO_ERROR_FORMAT, "%s: tensor %s has shape %s, expected %s", path().c_str(), name.c_str(),
             shape({t->dims[0], t->dims[1], t->dims[2]}).c_str(), shape({n_in, n_out, count}).c_str());
    }
    const auto [it, fresh] = matrices_.try_emplace(name, static_cast<MatrixId>(weights.matrices.size()));
    ref.matrix = it->second;
    if (fresh) {
        Matrix m;
        m.name = name;
        m.type = t->type;
        m.n_in = n_in;
        m.n_out = n_out;
        m.count = count;
        m.stride = m.row_bytes() * n_out;
        m.data = t->data;
        weights.matrices.push_back(std::move(m));
    }
    return ref;
}

MatRef Builder::mat(const std::string& name, uint32_t n_in, uint32_t n_out, uint32_t count) {
    MatRef ref = find_matrix(local(name), n_in, n_out, count);
    ref.bias = param_if(name + ".bias", uint64_t{n_out} * count);
    ref.scale = scale_of("blk." + std::to_string(layer) + "." + name, count);
    return ref;
}

// One value per matrix; one for the whole stack stands for all. A tensor of another length is no scale of the matrix (Gemma 4's router).
ParamId Builder::scale_of(const std::string& stem, uint32_t count) {
    const GgufTensor* t = file_->tensor(stem + ".scale");
    if (!t || (t->n_values() != 1 && t->n_values() != count)) return kNoParam;
    std::vector<float> values = read(t->name, t->n_values());
    values.resize(count, values[0]);
    return constant(t->name, std::move(values));
}

MatRef Builder::mat_global(const std::string& name, uint32_t n_in, uint32_t n_out) {
    MatRef ref = find_matrix(with_suffix(name), n_in, n_out, 1);
    ref.bias = param_global(name + ".bias", n_out, false);
    ref.scale = scale_of(name, 1);
    return ref;
}

MatRef Builder::rows(const MatRef& whole, uint32_t row0, uint32_t n_out) {
    MatRef part = whole;
    part.row0 = whole.row0 + row0;
    part.n_out = n_out;
    if (whole.bias != kNoParam) {
        const std::vector<float>& all = weights.params[whole.bias].values;
        std::vector<float> values;
        for (size_t m = 0; m < all.size() / whole.n_out; ++m) {
            const auto begin = all.begin() + static_cast<ptrdiff_t>(m * whole.n_out + row0);
            values.insert(values.end(), begin, begin + n_out);
        }
        part.bias = constant(weights.params[whole.bias].name, std::move(values));
    }
    return part;
}

MatRef Builder::head_rows(const MatRef& whole, uint32_t count, uint32_t rows_per_head, uint32_t row0, uint32_t n_out) {
    Matrix m = weights.matrices[whole.matrix];
    m.count = count;
    m.n_out = n_out;
    m.stride = m.row_bytes() * rows_per_head;
    if (m.data) m.data += m.row_bytes() * row0;
    MatRef ref;
    ref.matrix = static_cast<MatrixId>(weights.matrices.size());
    ref.n_out = n_out;
    if (whole.scale != kNoParam) ref.scale = constant("scale", std::vector<float>(count, weights.params[whole.scale].values[0]));
    weights.matrices.push_back(std::move(m));
    return ref;
}

MatRef Builder::add_matrix(Matrix m, std::vector<uint8_t> bytes) {
    m.stride = m.row_bytes() * m.n_out;
    m.data = nullptr;
    if (!bytes.empty()) {
        weights.owned.push_back(std::move(bytes));
        m.data = weights.owned.back().data();
    }
    MatRef ref;
    ref.matrix = static_cast<MatrixId>(weights.matrices.size());
    ref.n_out = m.n_out;
    weights.matrices.push_back(std::move(m));
    return ref;
}

MatRef Builder::derived(const std::string& name, uint32_t n_in, uint32_t n_out, uint32_t count, std::vector<float> values) {
    Matrix m;
    m.name = name;
    m.type = Type::F32;
    m.n_in = n_in;
    m.n_out = n_out;
    m.count = count;
    std::vector<uint8_t> bytes(load_params_ ? values.size() * sizeof(float) : 0);
    if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
    return add_matrix(std::move(m), std::move(bytes));
}

MatRef Builder::gathered(const std::string& name, const MatRef& whole, const std::vector<RowRun>& runs) {
    Matrix m = weights.matrices[whole.matrix];
    const uint8_t* const rows = m.data;
    const uint64_t row_bytes = m.row_bytes();
    m.name = name;
    m.n_out = 0;
    std::vector<uint8_t> bytes;
    for (const RowRun& run : runs) {
        m.n_out += run.n;
        if (rows) bytes.insert(bytes.end(), rows + row_bytes * run.row0, rows + row_bytes * (run.row0 + run.n));
    }
    MatRef ref = add_matrix(std::move(m), std::move(bytes));
    ref.scale = whole.scale;
    return ref;
}

std::vector<float> Builder::read(const std::string& name, uint64_t n) const {
    const GgufTensor* t = file_->tensor(name);
    if (!t) fail(DLGO_ERROR_FORMAT, "%s: tensor %s is missing, expected %llu values", path().c_str(), name.c_str(), static_cast<unsigned long long>(n));
    if (t->n_values() != n) {
        fail(DLGO_ERROR_FORMAT, "%s: tensor %s has %llu values, expected %llu", path().c_str(), name.c_str(),
             static_cast<unsigned long long>(t->n_values()), static_cast<unsigned long long>(n));
    }
    std::vector<float> values(n);
    if (load_params_) dequantize(t->type, t->data, values.data(), n);
    return values;
}

ParamId Builder::param_global(const std::string& name, uint64_t n, bool required) {
    if (const auto it = params_.find(name); it != params_.end()) return it->second;
    if (!required && !file_->tensor(name)) return kNoParam;
    weights.params.push_back({name, read(name, n)});
    return params_[name] = static_cast<ParamId>(weights.params.size() - 1);
}

ParamId Builder::param(const std::string& name, uint64_t n) { return param_global(local(name), n, true); }
ParamId Builder::param_if(const std::string& name, uint64_t n) { return param_global(local(name), n, false); }

ParamId Builder::constant(const std::string& name, std::vector<float> values) {
    const auto [it, fresh] = constants_.try_emplace(values, static_cast<ParamId>(weights.params.size()));
    if (fresh) weights.params.push_back({name, std::move(values)});
    return it->second;
}

NormSpec Builder::norm(const char* name, uint32_t n) {
    NormSpec s;
    if (!name) return s;
    s.kind = l().norm;
    s.eps = l().eps;
    s.weight = param(name, n);
    s.bias = param_if(std::string(name) + ".bias", n);
    return s;
}

NormSpec Builder::rms(ParamId weight) const {
    NormSpec s;
    s.kind = NormKind::Rms;
    s.eps = l().eps;
    s.weight = weight;
    return s;
}

// Pair index at which a rotation makes `turns` turns within the original context (arXiv 2309.00071, section 3.2).
static float yarn_pair(const RopeDecl& d, float turns) {
    return static_cast<float>(d.n_rot) * std::log(static_cast<float>(d.original_context) / (turns * 2 * std::numbers::pi_v<float>)) /
           (2 * std::log(d.base));
}

RopeSpec Builder::rope(const RopeDecl& d, uint32_t head_dim, uint32_t offset) {
    RopeSpec s;
    if (!d.enabled || d.n_rot == 0) return s;
    if (offset + d.n_rot > head_dim) fail(DLGO_ERROR_FORMAT, "%s: %u rotated values in a head of %u", path().c_str(), d.n_rot, head_dim);
    const uint32_t half = d.n_rot / 2;
    std::vector<float> inv_freq(half), factors(half, 1.0f);
    if (d.factors && (d.factors_required || has_global(d.factors))) factors = read(d.factors, half);
    const float low = std::max(0.0f, std::floor(yarn_pair(d, d.yarn_beta_fast)));
    const float high = std::min(static_cast<float>(d.n_rot - 1), std::ceil(yarn_pair(d, d.yarn_beta_slow)));
    for (uint32_t i = 0; i < half; ++i) {
        double f = std::pow(static_cast<double>(d.base), -2.0 * i / d.n_rot) / (load_params_ ? factors[i] : 1.0) / d.linear;
        if (d.yarn_factor > 0) {
            const float ramp = std::clamp((static_cast<float>(i) - low) / std::max(0.001f, high - low), 0.0f, 1.0f);
            f = f / d.yarn_factor * ramp + f * (1 - ramp);
        }
        if (!d.sections.empty() && i >= 3 * d.sections[i % 3]) f = 0;
        inv_freq[i] = static_cast<float>(f);
    }
    s.n_rot = d.n_rot;
    s.offset = offset;
    s.adjacent = d.adjacent;
    s.magnitude = d.magnitude;
    s.inv_freq = constant("inv_freq", std::move(inv_freq));
    return s;
}

View Builder::buffer(const std::string& name, uint32_t width) {
    const auto [it, fresh] = buffers_.try_emplace(name, static_cast<uint16_t>(plan.buffers.size()));
    if (fresh) plan.buffers.push_back(0);
    uint32_t& w = plan.buffers[it->second];
    w = std::max(w, width);
    return View{it->second, 0};
}

uint16_t Builder::state(const StateSpec& s) {
    plan.states.push_back(s);
    plan.states.back().layer = static_cast<uint16_t>(layer);
    return static_cast<uint16_t>(plan.states.size() - 1);
}

void Builder::add(Op op, Role role, const char* name) {
    plan.steps.push_back(Step{std::move(op), static_cast<uint16_t>(layer), role, name});
}

}  // namespace dlgo
