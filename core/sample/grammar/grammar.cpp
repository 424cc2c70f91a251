#include "core/sample/grammar/grammar.h"

#include <algorithm>
#include <cmath>

#include "core/base/error.h"

namespace dlgo {

static constexpr size_t kMaxEntries = 1u << 19;  // remembered by the matcher: some 20 MB

Grammar::Grammar(std::string_view gbnf, std::shared_ptr<const GrammarVocabulary> vocabulary)
    : vocabulary_(std::move(vocabulary)),
      matcher_(std::make_shared<const GrammarAutomaton>(compile_grammar(parse_gbnf(gbnf)))),
      at_(matcher_.start()),
      path_(vocabulary_->longest() + 1) {}

bool Grammar::allows(int32_t token) {
    if (token < 0 || token >= vocabulary_->size()) return false;
    if (vocabulary_->ends(token)) return complete();
    const std::string_view bytes = vocabulary_->piece(token);
    return !bytes.empty() && matcher_.walk(at_, bytes) != GrammarMatcher::kDead;
}

void Grammar::mask(float* logits) {
    for (int32_t token = 0; token < vocabulary_->size(); ++token) {
        const bool allowed = vocabulary_->ends(token) ? complete() : !vocabulary_->piece(token).empty();
        if (!allowed) logits[token] = -INFINITY;
    }
    path_[0] = at_;
    size_t known = 0;  // bytes of the last token with a set in path_
    for (size_t i = 0; i < vocabulary_->sorted().size(); ++i) {
        const int32_t token = vocabulary_->sorted()[i];
        const std::string_view bytes = vocabulary_->piece(token);
        size_t n = std::min<size_t>(known, vocabulary_->shared()[i]);
        while (n < bytes.size() && path_[n] != GrammarMatcher::kDead) {
            path_[n + 1] = matcher_.step(path_[n], static_cast<uint8_t>(bytes[n]));
            ++n;
        }
        known = n;
        if (path_[n] == GrammarMatcher::kDead) logits[token] = -INFINITY;
    }
}

void Grammar::accept(int32_t token) {
    if (!allows(token)) fail(DLGO_ERROR_INVALID_ARGUMENT, "grammar: does not allow token %d here", token);
    if (vocabulary_->ends(token)) return;
    at_ = matcher_.walk(at_, vocabulary_->piece(token));
    if (matcher_.memory_use() > kMaxEntries) at_ = matcher_.compact(at_);
}

}  // namespace dlgo
