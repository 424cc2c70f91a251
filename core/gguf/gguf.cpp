// Opening: one file, or the shards name-00001-of-00003.gguf, ... as one.
#include "core/gguf/gguf.h"

#include <cinttypes>

#include "core/base/error.h"
#include "core/base/mmap.h"
#include "core/gguf/parse.h"
#include "core/gguf/reader.h"

namespace dlgo {

namespace {

constexpr uint64_t kMaxShards = 99999;  // five digits

class GgufFile final : public Gguf {
public:
    GgufFile(const std::string& path, FileBytes first, const Options& options);
    void populate(const uint8_t* data, size_t bytes) const noexcept override {
        for (const FileBytes& shard : bytes_) shard.populate(data, bytes);
    }
    void release(const uint8_t* data, size_t bytes) const noexcept override {
        for (const FileBytes& shard : bytes_) shard.release(data, bytes);
    }

private:
    void add(FileBytes bytes, const std::string& file, bool header_only);
    void add_metadata(GgufShard& shard, const std::string& file);
    void open_shards(uint64_t n, const Options& options);
    void check_split(const GgufShard& shard, const std::string& file, uint64_t no, uint64_t n) const;
    void index_tensors();

    std::vector<FileBytes> bytes_;
    std::vector<std::string> files_;
    std::vector<GgufShard> shards_;  // emptied into metadata_ and tensors_
};

FileBytes read_bytes(const std::string& path, const Gguf::Options& options) {
    return options.use_mmap || options.header_only ? FileBytes::map(path) : FileBytes::read(path, options.progress);
}

// An unsigned split.* key of a shard; fallback if missing.
uint64_t split_value(const GgufShard& shard, const std::string& file, std::string_view key, uint64_t fallback) {
    for (const auto& [name, value] : shard.metadata) {
        if (name != key) continue;
        if (const auto* u = std::get_if<uint64_t>(&value.value)) return *u;
        if (const auto* i = std::get_if<int64_t>(&value.value); i && *i >= 0) return static_cast<uint64_t>(*i);
        fail(DLGO_ERROR_FORMAT, "%s: key %s: expected a count, found %s", file.c_str(), quoted(key).c_str(), kind_name(value.kind));
    }
    return fallback;
}

std::string shard_suffix(uint64_t no, uint64_t n) { return strf("-%05" PRIu64 "-of-%05" PRIu64 ".gguf", no + 1, n); }

void GgufFile::add(FileBytes bytes, const std::string& file, bool header_only) {
    shards_.push_back(parse_gguf(bytes.data(), bytes.size(), file, static_cast<uint32_t>(bytes_.size()), !header_only));
    file_bytes_ += bytes.size();
    bytes_.push_back(std::move(bytes));
    files_.push_back(file);
}

// Keys of the first shard are the model's. Others have their own split.* and general.alignment, and may repeat or add keys.
void GgufFile::add_metadata(GgufShard& shard, const std::string& file) {
    const bool first = metadata_.empty();
    for (auto& [key, value] : shard.metadata) {
        if (!first && (key.substr(0, 6) == "split." || key == "general.alignment")) continue;
        if (const GgufValue* known = find(key)) {
            if (known->kind == value.kind && known->value == value.value) continue;
            fail(DLGO_ERROR_FORMAT, "%s: key %s: expected the value that another shard has, found %s", file.c_str(),
                 quoted(key).c_str(), describe(value).c_str());
        }
        by_key_.emplace(key, metadata_.size());
        metadata_.emplace_back(key, std::move(value));
    }
}

void GgufFile::check_split(const GgufShard& shard, const std::string& file, uint64_t no, uint64_t n) const {
    const uint64_t tensors = split_value(shards_[0], files_[0], "split.tensors.count", 0);
    const struct {
        const char* key;
        uint64_t want;
    } checks[] = {{"split.no", no}, {"split.count", n}, {"split.tensors.count", tensors}};
    for (const auto& [key, want] : checks) {
        const uint64_t found = split_value(shard, file, key, UINT64_MAX);
        if (found == UINT64_MAX) fail(DLGO_ERROR_FORMAT, "%s: key '%s': missing in a shard of a split model", file.c_str(), key);
        if (found == want) continue;
        fail(DLGO_ERROR_FORMAT, "%s: key '%s': expected %" PRIu64 ", found %" PRIu64, file.c_str(), key, want, found);
    }
}

void GgufFile::open_shards(uint64_t n, const Options& options) {
    if (n > kMaxShards) fail(DLGO_ERROR_FORMAT, "%s: key 'split.count': expected at most %" PRIu64 ", found %" PRIu64, path_.c_str(), kMaxShards, n);
    const uint64_t no = split_value(shards_[0], path_, "split.no", UINT64_MAX);
    if (no > 0 && no < n) {
        fail(DLGO_ERROR_INVALID_ARGUMENT, "%s: is shard %" PRIu64 " of %" PRIu64 "; a split model is opened by its first shard, ...%s",
             path_.c_str(), no + 1, n, shard_suffix(0, n).c_str());
    }
    check_split(shards_[0], path_, 0, n);
    const std::string suffix = shard_suffix(0, n);
    if (!path_.ends_with(suffix)) {
        fail(DLGO_ERROR_FORMAT, "%s: the first of %" PRIu64 " shards: expected a file name ending in %s", path_.c_str(), n, suffix.c_str());
    }
    const std::string prefix = path_.substr(0, path_.size() - suffix.size());
    for (uint64_t i = 1; i < n; ++i) {
        const std::string file = prefix + shard_suffix(i, n);
        add(read_bytes(file, options), file, options.header_only);
        check_split(shards_.back(), file, i, n);
    }
    uint64_t found = 0;
    for (const GgufShard& shard : shards_) found += shard.tensors.size();
    const uint64_t want = split_value(shards_[0], path_, "split.tensors.count", 0);
    if (found != want) {
        fail(DLGO_ERROR_FORMAT, "%s: key 'split.tensors.count': expected the %" PRIu64 " tensors of all shards, found %" PRIu64,
             path_.c_str(), found, want);
    }
}

void GgufFile::index_tensors() {
    for (const GgufShard& shard : shards_) tensors_.insert(tensors_.end(), shard.tensors.begin(), shard.tensors.end());
    for (size_t i = 0; i < tensors_.size(); ++i) {
        if (by_name_.emplace(tensors_[i].name, i).second) continue;
        fail(DLGO_ERROR_FORMAT, "%s: tensor %s: expected every tensor once, found it twice", files_[tensors_[i].shard].c_str(),
             quoted(tensors_[i].name).c_str());
    }
}

GgufFile::GgufFile(const std::string& path, FileBytes first, const Options& options) {
    path_ = path;
    add(std::move(first), path, options.header_only);
    const uint64_t n = split_value(shards_[0], path, "split.count", 0);
    if (n > 1) open_shards(n, options);
    for (size_t i = 0; i < shards_.size(); ++i) add_metadata(shards_[i], files_[i]);
    index_tensors();
    shards_.clear();
}

template <class F>
std::shared_ptr<const Gguf> without_bad_alloc(const std::string& name, F f) {
    try {
        return f();
    } catch (const std::bad_alloc&) {
        fail(DLGO_ERROR_OUT_OF_MEMORY, "%s: not enough memory for the metadata", name.c_str());
    }
}

}  // namespace

std::shared_ptr<const Gguf> Gguf::open(const std::string& path, const Options& options) {
    return without_bad_alloc(path, [&] { return std::make_shared<const GgufFile>(path, read_bytes(path, options), options); });
}

std::shared_ptr<const Gguf> Gguf::parse(const void* data, size_t size, const std::string& name) {
    return without_bad_alloc(name, [&] { return std::make_shared<const GgufFile>(name, FileBytes::copy(data, size), Options{}); });
}

}  // namespace dlgo
