// Where a text spells out special tokens.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace dlgo {

struct Vocab;

// Which parts of a text may spell out control tokens: [begin, end), ascending. User-defined tokens may be anywhere.
struct SpecialScope {
    std::vector<std::pair<size_t, size_t>> trusted;
    bool distrust = false;  // the rest may not even contain tokens that are controls in the file alone
};

struct SpecialMatch {
    size_t begin, end;  // with the white space that the token eats
    int32_t token;
};

// Longer tokens win over shorter ones, wherever they are in the text; among equally long ones the leftmost.
class SpecialMatcher {
public:
    explicit SpecialMatcher(const Vocab& vocab);

    // Matches in order, not overlapping.
    std::vector<SpecialMatch> find(std::string_view text, const SpecialScope& scope) const;

private:
    struct Node {
        int32_t token = -1;
        uint32_t child = 0, sibling = 0;
        uint8_t byte = 0;
    };
    class Search;

    void insert(std::string_view text, int32_t token);
    uint32_t step(uint32_t node, uint8_t byte) const noexcept;

    const Vocab& vocab_;
    std::vector<Node> nodes_;        // 0: none; 1 + b: texts that begin with byte b
    std::vector<uint32_t> lengths_;  // of the tokens, distinct, descending
    bool plain_first_[256] = {}, control_first_[256] = {};
    bool lstrip_ = false;
};

}  // namespace dlgo
