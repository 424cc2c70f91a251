// Keeps generated text within a grammar: says which tokens may come next.
#pragma once
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "core/sample/grammar/matcher.h"
#include "core/sample/grammar/vocabulary.h"

namespace dlgo {

// The position in one generation. Serves one thread; all functions but the constructor may throw UNSUPPORTED (see
// GrammarMatcher::step).
class Grammar {
public:
    // gbnf: llama.cpp's dialect, with a rule "root". Errors as parse_gbnf() and compile_grammar().
    Grammar(std::string_view gbnf, std::shared_ptr<const GrammarVocabulary> vocabulary);

    bool allows(int32_t token);
    // Sets the logits of all tokens that are not allowed to -infinity; n_vocab floats.
    void mask(float* logits);
    // INVALID_ARGUMENT for a token that is not allowed. An end-of-generation token changes nothing.
    void accept(int32_t token);

    bool complete() const noexcept { return matcher_.complete(at_); }  // the text may end here
    bool finished() const noexcept { return matcher_.finished(at_); }  // it must
    void reset() noexcept { at_ = matcher_.start(); }

private:
    std::shared_ptr<const GrammarVocabulary> vocabulary_;
    GrammarMatcher matcher_;
    GrammarMatcher::Set at_;
    std::vector<GrammarMatcher::Set> path_;  // sets after each byte of the token being checked
};

}  // namespace dlgo
