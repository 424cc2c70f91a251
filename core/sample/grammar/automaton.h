// A compiled grammar: one automaton over bytes per rule, with calls between them.
#pragma once
#include <cstdint>
#include <utility>
#include <vector>

#include "core/sample/grammar/ast.h"

namespace dlgo {

struct GrammarAutomaton {
    struct Edge {
        uint8_t lo, hi;  // bytes, both included
        uint32_t next;
    };
    struct Call {
        uint32_t rule;
        uint32_t next;  // after the rule's end
    };
    struct State {
        uint32_t edges, jumps, calls;  // where its own begin; they end where the next state's begin
    };
    static constexpr uint32_t kAccept = 0;  // the state after the whole grammar; has no way out

    std::vector<State> states;     // and one more, as the end
    std::vector<Edge> edges;
    std::vector<uint32_t> jumps;   // transitions without a byte
    std::vector<Call> calls;
    std::vector<bool> final_state; // per state: its rule's end
    std::vector<uint32_t> start;   // per rule
    std::vector<uint32_t> rank;    // per rule: a rule that calls another before any byte has the lower rank
    uint32_t root = 0;

    // A final state that leads nowhere: what is called before it returns for its own rule too.
    bool is_end(uint32_t s) const noexcept {
        const State &a = states[s], &b = states[s + 1];
        return final_state[s] && a.edges == b.edges && a.jumps == b.jumps && a.calls == b.calls;
    }
};

// INVALID_ARGUMENT for left recursion, naming the rule; UNSUPPORTED for a grammar of too many states.
GrammarAutomaton compile_grammar(GrammarRules rules);

// The UTF-8 forms of the code points lo..hi without surrogates: sequences of 1 to 4 byte ranges.
using ByteRange = std::pair<uint8_t, uint8_t>;
std::vector<std::vector<ByteRange>> utf8_ranges(uint32_t lo, uint32_t hi);

}  // namespace dlgo
