// Tokens of text between special tokens.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dlgo {

class Gguf;
struct Vocab;

class RunEncoder {
public:
    virtual ~RunEncoder() = default;

    // first: nothing or a special token is before the run. Runs are shorter than 2^30 bytes.
    virtual void encode(std::string_view run, bool first, std::vector<int32_t>& out) const = 0;
};

std::unique_ptr<const RunEncoder> make_spm(const Vocab& vocab);
std::unique_ptr<const RunEncoder> make_bpe(const Vocab& vocab, const Gguf& gguf);

// U+2581 for every space.
std::string with_space_blocks(std::string_view text);

}  // namespace dlgo
