// GGUF v2/v3 files (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md), one file or split shards, read-only.
// Every violation of the format throws Error(DLGO_ERROR_FORMAT) naming the file, the key or tensor and what was expected.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "core/quant/formats.h"

namespace dlgo {

enum class GgufKind : uint32_t { U8, I8, U16, I16, U32, I32, F32, Bool, String, Array, U64, I64, F64 };

// Numbers are widened; an array keeps the kind of its elements.
struct GgufValue {
    GgufKind kind = GgufKind::U32;          // for arrays: Array
    GgufKind element = GgufKind::U32;       // for arrays: kind of the elements
    std::variant<uint64_t, int64_t, double, bool, std::string_view, std::vector<uint64_t>, std::vector<int64_t>,
                 std::vector<double>, std::vector<bool>, std::vector<std::string_view>> value;  // views into the file
    size_t array_size() const noexcept;     // 0 for scalars
};

struct GgufTensor {
    std::string name;
    Type type;
    uint32_t n_dims;
    uint64_t dims[4];      // innermost first; unused ones are 1
    uint64_t bytes;
    const uint8_t* data;   // valid while the Gguf lives; nullptr when opened header_only
    uint64_t file_offset;  // of the data within its shard
    uint32_t shard;
    uint64_t n_values() const noexcept { return dims[0] * dims[1] * dims[2] * dims[3]; }
};

class Gguf {
public:
    struct Options {
        bool use_mmap = true;
        bool header_only = false;                       // metadata and tensor list; tensor data may be missing
        std::function<bool(float)> progress;            // while reading without mmap; true = stop (CANCELLED)
    };
    // A split model is opened by its first shard.
    // Errors: IO, FORMAT, UNSUPPORTED (tensor type or version), INVALID_ARGUMENT (not the first shard), OUT_OF_MEMORY, CANCELLED.
    static std::shared_ptr<const Gguf> open(const std::string& path, const Options& options);
    // The same from memory (copied); for tests and embedded models. Not split.
    static std::shared_ptr<const Gguf> parse(const void* data, size_t size, const std::string& name);
    virtual ~Gguf() = default;

    const std::string& path() const noexcept { return path_; }
    uint64_t file_bytes() const noexcept { return file_bytes_; }       // of all shards
    const std::vector<std::pair<std::string_view, GgufValue>>& metadata() const noexcept { return metadata_; }
    const std::vector<GgufTensor>& tensors() const noexcept { return tensors_; }

    const GgufValue* find(std::string_view key) const noexcept;        // nullptr if missing
    const GgufTensor* tensor(std::string_view name) const noexcept;

    // Typed access. has(): present. get_*(key): FORMAT if missing, of another kind or out of range; get_*(key, fallback): fallback if
    // missing only. Integers of any width and signedness convert when they fit.
    bool has(std::string_view key) const noexcept { return find(key) != nullptr; }
    uint64_t get_uint(std::string_view key) const;
    uint64_t get_uint(std::string_view key, uint64_t fallback) const;
    int64_t get_int(std::string_view key, int64_t fallback) const;
    double get_float(std::string_view key) const;                      // FORMAT for NaN or infinity
    double get_float(std::string_view key, double fallback) const;
    bool get_bool(std::string_view key, bool fallback) const;
    std::string_view get_string(std::string_view key) const;
    std::string_view get_string(std::string_view key, std::string_view fallback) const;
    // A scalar counts as n equal elements, as writers use both forms for per-layer values; an array must have at least n.
    std::vector<uint64_t> get_uints(std::string_view key, size_t n) const;
    std::vector<bool> get_bools(std::string_view key, size_t n) const;
    const std::vector<std::string_view>& get_strings(std::string_view key) const;
    std::vector<double> get_floats(std::string_view key) const;        // array of any float or integer kind
    std::vector<int64_t> get_ints(std::string_view key) const;         // array of any integer kind

    // Tensor data that will be read soon: a mapped file's pages of it are read now.
    virtual void populate(const uint8_t* data, size_t bytes) const noexcept = 0;
    // Tensor data that was copied elsewhere: a mapped file's pages of it leave this process's memory until they are read again.
    virtual void release(const uint8_t* data, size_t bytes) const noexcept = 0;

    std::string describe(const GgufValue& value, size_t max_elements = 8) const;  // as text

protected:
    std::string path_;
    uint64_t file_bytes_ = 0;
    std::vector<std::pair<std::string_view, GgufValue>> metadata_;
    std::vector<GgufTensor> tensors_;
    std::unordered_map<std::string_view, size_t> by_key_, by_name_;
};

}  // namespace dlgo
