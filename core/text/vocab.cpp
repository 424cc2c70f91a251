#include "core/text/vocab.h"

#include <cmath>
#include <limits>

#include "core/base/error.h"
#include "core/gguf/gguf.h"
#include "core/text/byte_alphabet.h"
#include "core/text/pre_tokenizer.h"

namespace dlgo {
namespace {

constexpr const char* kTokens = "tokenizer.ggml.tokens";
constexpr const char* kTypes = "tokenizer.ggml.token_type";
constexpr const char* kScores = "tokenizer.ggml.scores";

[[noreturn]] void fail_length(const Gguf& gguf, const char* key, size_t n, size_t expected) {
    fail(DLGO_ERROR_FORMAT, "%s: key '%s': expected %zu elements, one per token, found %zu", gguf.path().c_str(), key, expected, n);
}

void load_model(Vocab& vocab, const Gguf& gguf) {
    const std::string model(gguf.get_string("tokenizer.ggml.model", "none"));
    if (model == "none" || model == "no_vocab") return;
    if (model == "llama") {
        vocab.model = VocabModel::Spm;
        vocab.add_bos = vocab.add_space_prefix = true;
        vocab.bos = 1;
        vocab.eos = 2;
        vocab.unk = 0;
        return;
    }
    if (model != "gpt2" && model != "gemma4") {
        fail(DLGO_ERROR_UNSUPPORTED, "%s: tokenizer model '%s' is not supported", gguf.path().c_str(), model.c_str());
    }
    const std::string pre(model == "gemma4" ? "gemma4" : gguf.get_string("tokenizer.ggml.pre", "default"));
    vocab.model = VocabModel::Bpe;
    vocab.pre = find_pre_tokenizer(pre);
    if (!vocab.pre) fail(DLGO_ERROR_UNSUPPORTED, "%s: pre-tokenizer '%s' is not supported", gguf.path().c_str(), pre.c_str());
    vocab.add_bos = vocab.pre->has(kPreAddBos);
    if (model == "gpt2") {
        vocab.eos = 11;
        vocab.bos = vocab.pre->has(kPreNoBos) ? -1 : 11;
    }
}

// https://github.com/ggml-org/ggml/blob/master/docs/gguf.md: tokenizer.ggml.token_type
uint16_t attr_of_type(int64_t type) {
    switch (type) {
        case 1: return kAttrNormal;
        case 2: return kAttrUnknown;
        case 3: return kAttrControl | kAttrControlInFile;
        case 4: return kAttrUserDefined;
        case 5: return kAttrUnused;
        case 6: return kAttrByte;
        default: return 0;
    }
}

void load_texts(Vocab& vocab, const Gguf& gguf) {
    const auto& tokens = gguf.get_strings(kTokens);
    const size_t n = tokens.size();
    if (n == 0 || n > static_cast<size_t>(std::numeric_limits<int32_t>::max())) {
        fail(DLGO_ERROR_FORMAT, "%s: key '%s': expected 1 to 2^31 - 1 tokens, found %zu", gguf.path().c_str(), kTokens, n);
    }
    size_t bytes = 0;
    for (const auto token : tokens) bytes += token.size();
    vocab.texts.reserve(n, bytes);
    vocab.index.reserve(n);
    const auto text_of = [&vocab](int32_t id) { return vocab.texts[static_cast<size_t>(id)]; };
    for (size_t i = 0; i < n; ++i) {
        vocab.texts.push(tokens[i].empty() ? std::string_view(strf("[EMPTY_%zu]", i)) : tokens[i]);
        vocab.index.insert(vocab.texts[i], static_cast<int32_t>(i), text_of);
        vocab.longest = std::max(vocab.longest, vocab.texts[i].size());
    }
}

void load_types(Vocab& vocab, const Gguf& gguf) {
    const size_t n = vocab.texts.size();
    vocab.attrs.assign(n, kAttrNormal);
    if (!gguf.has(kTypes)) return;
    const auto types = gguf.get_ints(kTypes);
    if (types.size() != n) fail_length(gguf, kTypes, types.size(), n);
    for (size_t i = 0; i < n; ++i) vocab.attrs[i] = attr_of_type(types[i]);
}

void load_scores(Vocab& vocab, const Gguf& gguf) {
    const size_t n = vocab.texts.size();
    if (vocab.model != VocabModel::Spm) return;
    vocab.scores.assign(n, 0.0f);
    if (!gguf.has(kScores)) return;
    const auto scores = gguf.get_floats(kScores);
    if (scores.size() != n) fail_length(gguf, kScores, scores.size(), n);
    for (size_t i = 0; i < n; ++i) vocab.scores[i] = static_cast<float>(scores[i]);
}

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

// "<0x0A>"; -1 for anything else.
int byte_of_text(std::string_view text) noexcept {
    if (text.size() != 6 || text.substr(0, 3) != "<0x" || text[5] != '>') return -1;
    const int high = hex_value(text[3]), low = hex_value(text[4]);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
}

void append_spaces_for_blocks(std::string& out, std::string_view text) {
    for (size_t i = 0; i < text.size();) {
        const bool block = text.substr(i, kSpaceBlock.size()) == kSpaceBlock;
        out.push_back(block ? ' ' : text[i]);
        i += block ? kSpaceBlock.size() : 1;
    }
}

}  // namespace

int32_t Vocab::find_byte(uint8_t byte) const noexcept {
    constexpr char kHex[] = "0123456789ABCDEF";
    const char text[] = {'<', '0', 'x', kHex[byte >> 4], kHex[byte & 15], '>'};
    return find({text, sizeof text});
}

void load_pieces(Vocab& vocab) {
    const bool blocks = vocab.model == VocabModel::Spm || vocab.pre->has(kPreSpaceBlocks);
    vocab.pieces.reserve(vocab.texts.size(), 0);
    std::string piece;
    for (size_t i = 0; i < vocab.texts.size(); ++i) {
        const auto text = vocab.texts[i];
        const uint16_t attr = vocab.attrs[i];
        piece.clear();
        if (attr & (kAttrControl | kAttrUnknown | kAttrUserDefined)) {
            piece = text;
        } else if (attr & kAttrNormal) {
            if (blocks) {
                append_spaces_for_blocks(piece, text);
            } else {
                append_stood_for(piece, text);
            }
        } else if (const int byte = byte_of_text(text); (attr & kAttrByte) && byte >= 0) {
            piece.push_back(static_cast<char>(byte));
        }
        vocab.pieces.push(piece);
    }
}

Vocab load_vocab(const Gguf& gguf) {
    Vocab vocab;
    load_model(vocab, gguf);
    if (vocab.model == VocabModel::None) return vocab;
    vocab.add_space_prefix = gguf.get_bool("tokenizer.ggml.add_space_prefix", vocab.add_space_prefix);
    load_texts(vocab, gguf);
    load_types(vocab, gguf);
    load_scores(vocab, gguf);
    load_roles(vocab, gguf);
    load_stripping(vocab, gguf);
    load_pieces(vocab);
    return vocab;
}

}  // namespace dlgo
