// Splitting text into the pieces that byte pair encoding may not cross.
#pragma once
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace dlgo {

enum PreFlag : unsigned {
    kPreIgnoreMerges = 1,    // a piece that is a token stays whole
    kPreAddBos = 2,          // unless the metadata says otherwise
    kPreAlwaysBos = 4,       // whatever it says
    kPreNoBos = 8,           // no BOS token unless the metadata names one
    kPreRawBytes = 16,       // tokens are spelled in UTF-8, not in GPT-2's stand-ins
    kPreSpaceBlocks = 32,    // and with U+2581 for a space
    kPreWholeNewlines = 64,  // a run of newlines that is a token stays whole
};

constexpr std::string_view kSpaceBlock = "\u2581";

// One way of splitting. A pattern splits every piece of the one before it: matches and what is between them become pieces.
struct PreTokenizer {
    std::vector<std::string_view> names;  // of tokenizer.ggml.pre
    unsigned flags;
    std::vector<std::string_view> patterns;
    bool has(PreFlag flag) const noexcept { return (flags & flag) != 0; }
};

const std::vector<PreTokenizer>& pre_tokenizers();                       // all there are
const PreTokenizer* find_pre_tokenizer(std::string_view name);  // nullptr: unknown

class PreSplitter {
public:
    // Syntax of PCRE2, except that \s is White_Space in every class and version.
    explicit PreSplitter(const std::vector<std::string_view>& patterns);
    ~PreSplitter();

    // Ends of the pieces of valid UTF-8, ascending. Empty pieces are left out.
    std::vector<size_t> split(std::string_view text) const;

private:
    struct Pattern;
    std::vector<std::unique_ptr<const Pattern>> patterns_;
};

}  // namespace dlgo
