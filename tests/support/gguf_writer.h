// Builds GGUF files in memory, valid or (by raw()) not.
#pragma once
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/gguf/gguf.h"

namespace dlgo::test {

class GgufWriter {
public:
    uint32_t version = 3;
    uint64_t alignment = 32;  // of the data section; written as a key only by the caller
    std::string magic = "GGUF";

    template <class T>
    static void append(std::string& out, T v) {
        out.append(reinterpret_cast<const char*>(&v), sizeof v);
    }
    static void append_string(std::string& out, std::string_view s) {
        append<uint64_t>(out, s.size());
        out += s;
    }

    // A key whose value's bytes are given.
    GgufWriter& raw(std::string_view key, uint32_t kind, std::string_view bytes) {
        append_string(keys_, key);
        append(keys_, kind);
        keys_ += bytes;
        ++n_keys_;
        return *this;
    }
    template <class T>
    GgufWriter& number(std::string_view key, GgufKind kind, T v) {
        std::string bytes;
        append(bytes, v);
        return raw(key, static_cast<uint32_t>(kind), bytes);
    }
    GgufWriter& u16(std::string_view key, uint16_t v) { return number(key, GgufKind::U16, v); }
    GgufWriter& u32(std::string_view key, uint32_t v) { return number(key, GgufKind::U32, v); }
    GgufWriter& i32(std::string_view key, int32_t v) { return number(key, GgufKind::I32, v); }
    GgufWriter& f32(std::string_view key, float v) { return number(key, GgufKind::F32, v); }
    GgufWriter& boolean(std::string_view key, bool v) { return number(key, GgufKind::Bool, static_cast<uint8_t>(v)); }
    GgufWriter& string(std::string_view key, std::string_view v) {
        std::string bytes;
        append_string(bytes, v);
        return raw(key, static_cast<uint32_t>(GgufKind::String), bytes);
    }
    template <class T>
    GgufWriter& array(std::string_view key, GgufKind element, const std::vector<T>& values) {
        std::string bytes;
        append(bytes, static_cast<uint32_t>(element));
        append<uint64_t>(bytes, values.size());
        for (const T& v : values) append(bytes, v);
        return raw(key, static_cast<uint32_t>(GgufKind::Array), bytes);
    }
    GgufWriter& strings(std::string_view key, const std::vector<std::string>& values) {
        std::string bytes;
        append(bytes, static_cast<uint32_t>(GgufKind::String));
        append<uint64_t>(bytes, values.size());
        for (const auto& v : values) append_string(bytes, v);
        return raw(key, static_cast<uint32_t>(GgufKind::Array), bytes);
    }

    // A tensor with its data, placed at the next aligned offset.
    GgufWriter& tensor(std::string_view name, Type type, const std::vector<uint64_t>& dims, std::string_view data) {
        data_.resize((data_.size() + alignment - 1) / alignment * alignment);
        tensor_entry(name, static_cast<uint32_t>(type), dims, data_.size());
        data_ += data;
        return *this;
    }
    // The same for values of F32.
    GgufWriter& tensor_f32(std::string_view name, const std::vector<uint64_t>& dims, const std::vector<float>& values) {
        return tensor(name, Type::F32, dims, {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)});
    }
    // An entry of the tensor list alone.
    GgufWriter& tensor_entry(std::string_view name, uint32_t type, const std::vector<uint64_t>& dims, uint64_t offset) {
        append_string(tensors_, name);
        append<uint32_t>(tensors_, static_cast<uint32_t>(dims.size()));
        for (uint64_t d : dims) append(tensors_, d);
        append(tensors_, type);
        append(tensors_, offset);
        ++n_tensors_;
        return *this;
    }

    // Bytes of everything before the data section, without padding.
    std::string header() const {
        std::string out = magic;
        append(out, version);
        append<uint64_t>(out, n_tensors_);
        append<uint64_t>(out, n_keys_);
        return out + keys_ + tensors_;
    }
    std::string bytes() const {
        std::string out = header();
        out.resize((out.size() + alignment - 1) / alignment * alignment);
        return out + data_;
    }

private:
    std::string keys_, tensors_, data_;
    uint64_t n_keys_ = 0, n_tensors_ = 0;
};

}  // namespace dlgo::test
