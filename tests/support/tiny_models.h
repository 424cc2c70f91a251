// A tiny model of every architecture, with random weights, made from what lowering asks for.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "core/gguf/gguf.h"
#include "tests/support/gguf_writer.h"

namespace dlgo::test {

struct Key {
    std::string name;  // without the architecture's prefix
    GgufKind kind;     // U32, F32, Bool (an array of them) or Array (of U32)
    double number = 0;
    std::vector<uint32_t> numbers;
};

struct TinyModel {
    std::string arch;
    std::vector<Key> keys;
    std::string optional = {};  // end of the name of a tensor that the model does without
};

// One or more for each architecture.
const std::vector<TinyModel>& tiny_models();

// The first of an architecture.
const TinyModel& tiny_model(const std::string& arch);

// Metadata, tokenizer and every tensor that the model needs.
std::string tiny_file(const TinyModel& model, uint32_t seed = 1);

// Metadata and tokenizer only.
GgufWriter tiny_header(const TinyModel& model);

inline std::shared_ptr<const Gguf> open_bytes(const std::string& bytes, const std::string& name = "tiny.gguf") {
    return Gguf::parse(bytes.data(), bytes.size(), name);
}

}  // namespace dlgo::test
