// Tokenizers as GGUF metadata describe them. Immutable after creation, usable from any number of threads.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dlgo {

class Gguf;
class RunEncoder;
class SpecialMatcher;
struct SpecialScope;
struct Vocab;

class Tokenizer {
public:
    // FORMAT for inconsistent metadata; UNSUPPORTED for an unknown model or pre-tokenizer, naming it.
    // A file without a tokenizer gives one with no tokens.
    static std::unique_ptr<Tokenizer> create(const Gguf& gguf);
    virtual ~Tokenizer();

    // add_special: BOS/EOS and the like as the metadata says. parse_special: control tokens spelled out in the text become tokens.
    // Any bytes are accepted. Linear time.
    std::vector<int32_t> encode(std::string_view text, bool add_special, bool parse_special) const;

    // Text of mixed origin (a rendered chat template): special tokens are recognized in trusted pieces only.
    struct Piece {
        std::string_view text;
        bool trusted;
    };
    std::vector<int32_t> encode(const std::vector<Piece>& pieces, bool add_special) const;

    // Bytes of one token as they appear in the middle of a text; special tokens are empty unless asked for.
    std::string_view piece(int32_t token, bool special) const noexcept;
    // Whole sequences (drops the space that SentencePiece vocabularies put in front of the first word).
    std::string decode(const int32_t* tokens, size_t n, bool special) const;

    int32_t size() const noexcept;
    bool is_special(int32_t token) const noexcept;           // control or unknown tokens
    bool is_end_of_generation(int32_t token) const noexcept; // EOS, EOT, EOM, <|im_end|>, ...
    int32_t bos() const noexcept;                            // -1 = none; likewise below
    int32_t eos() const noexcept;
    int32_t eot() const noexcept;
    bool adds_bos() const noexcept;
    int32_t find(std::string_view token) const noexcept;     // id of a token by its spelling; -1 = none

private:
    Tokenizer();
    std::vector<int32_t> encode_within(std::string_view text, const SpecialScope& scope, bool add_special) const;

    std::unique_ptr<const Vocab> vocab_;
    std::unique_ptr<const SpecialMatcher> specials_;
    std::unique_ptr<const RunEncoder> runs_;  // null without tokens
};

}  // namespace dlgo
