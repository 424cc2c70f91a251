// A vocabulary in the order of its tokens' bytes, so that tokens with a common beginning are checked together.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace dlgo {

// Immutable; one per model, shared by its grammars.
class GrammarVocabulary {
public:
    // piece: the bytes that a token adds to the text; empty for tokens that a grammar never allows, such as control tokens.
    // ends: end-of-generation tokens, allowed where the grammar is complete; their piece does not matter.
    GrammarVocabulary(int32_t n_vocab, const std::function<std::string_view(int32_t)>& piece, const std::function<bool(int32_t)>& ends);

    int32_t size() const noexcept { return static_cast<int32_t>(pieces_.size()); }
    bool ends(int32_t token) const noexcept { return ends_[static_cast<size_t>(token)]; }
    std::string_view piece(int32_t token) const noexcept {
        const Piece& p = pieces_[static_cast<size_t>(token)];
        return {bytes_.data() + p.begin, p.size};
    }

    // Tokens with a piece, sorted; shared: bytes that each has in common with the one before.
    const std::vector<int32_t>& sorted() const noexcept { return sorted_; }
    const std::vector<uint32_t>& shared() const noexcept { return shared_; }
    size_t longest() const noexcept { return longest_; }

private:
    struct Piece {
        size_t begin;
        uint32_t size;
    };
    std::string bytes_;
    std::vector<Piece> pieces_;
    std::vector<bool> ends_;
    std::vector<int32_t> sorted_;
    std::vector<uint32_t> shared_;
    size_t longest_ = 0;
};

}  // namespace dlgo
