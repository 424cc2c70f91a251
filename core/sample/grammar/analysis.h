// What compiling needs to know about the rules.
#pragma once
#include <cstdint>
#include <vector>

#include "core/sample/grammar/ast.h"

namespace dlgo {

struct GrammarAnalysis {
    std::vector<uint32_t> rank;   // see GrammarAutomaton
    std::vector<bool> inlined;    // small and not recursive: copied where it is referred to
};

// INVALID_ARGUMENT for left recursion. Moves the bodies of large repetitions into rules of their own, so that the states
// that they need are few.
GrammarAnalysis analyse_grammar(GrammarRules& rules);

}  // namespace dlgo
