#include "core/sample/grammar/vocabulary.h"

#include <algorithm>

namespace dlgo {

GrammarVocabulary::GrammarVocabulary(int32_t n_vocab, const std::function<std::string_view(int32_t)>& piece,
                                     const std::function<bool(int32_t)>& ends) {
    for (int32_t token = 0; token < n_vocab; ++token) {
        ends_.push_back(ends(token));
        const std::string_view bytes = ends_.back() ? std::string_view() : piece(token);
        pieces_.push_back({bytes_.size(), static_cast<uint32_t>(bytes.size())});
        bytes_ += bytes;
        longest_ = std::max(longest_, bytes.size());
        if (!bytes.empty()) sorted_.push_back(token);
    }
    std::sort(sorted_.begin(), sorted_.end(), [this](int32_t a, int32_t b) { return this->piece(a) < this->piece(b); });
    std::string_view last;
    for (const int32_t token : sorted_) {
        const std::string_view bytes = this->piece(token);
        const auto [differs, end] = std::mismatch(last.begin(), last.end(), bytes.begin(), bytes.end());
        shared_.push_back(static_cast<uint32_t>(differs - last.begin()));
        last = bytes;
    }
}

}  // namespace dlgo
