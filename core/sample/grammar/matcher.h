// Runs a grammar's automata over bytes: all parses at once, merged wherever they continue alike.
#pragma once
#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <vector>

#include "core/sample/grammar/automaton.h"
#include "core/sample/grammar/transitions.h"

namespace dlgo {

// A graph-structured stack (Tomita, 1985) whose frames are known by what they return to, so that the work per byte is polynomial
// for any grammar. The sets of states that come up are numbered and their transitions remembered: a DFA built as needed.
class GrammarMatcher {
public:
    using Set = uint32_t;
    static constexpr Set kDead = 0;  // no text of the language begins so

    explicit GrammarMatcher(std::shared_ptr<const GrammarAutomaton> automaton);

    Set start() const noexcept { return start_; }
    // UNSUPPORTED when the grammar is so ambiguous that a set exceeds kMaxItems.
    Set step(Set from, uint8_t byte);
    Set walk(Set from, std::string_view bytes);

    bool complete(Set set) const noexcept;  // the text is in the language
    bool finished(Set set) const noexcept;  // and no longer text that begins with it is

    // Forgets all sets but this one and what it needs; returns its new number. start() stays valid.
    Set compact(Set set);
    size_t memory_use() const noexcept { return sets_.size() + frames_.size() + transitions_.size(); }  // in entries

private:
    static constexpr size_t kMaxItems = 20000;
    static constexpr uint32_t kRootFrame = 0;  // returns to kAccept

    struct Item {
        uint32_t state, frame;
        auto operator<=>(const Item&) const = default;
    };
    using Items = std::vector<Item>;  // sorted. As a frame: where to go on when a rule ends

    // A frame of a rule that begins at the current byte.
    struct NewFrame {
        uint32_t rule;
        Items returns;
        bool ended = false;  // the rule can match no bytes at all
    };
    static constexpr uint32_t kNew = 1u << 31;  // plus the index into new_frames_, until it has a number

    void clear_work() noexcept;
    void add(Item item);
    void add_call(uint32_t rule, Item back);
    void add_returns(uint32_t frame);
    Set build();
    std::vector<uint32_t> number_new_frames();
    uint32_t number_frame(Items returns);
    Set number_set(Items items);

    std::shared_ptr<const GrammarAutomaton> automaton_;
    std::map<Items, Set> set_numbers_;
    std::map<Items, uint32_t> frame_numbers_;
    std::vector<const Items*> sets_, frames_;  // keys of the maps, by number. A frame's returns have lower numbers
    TransitionTable transitions_;
    Set start_ = kDead;

    // The set being built.
    std::vector<Item> work_;
    std::set<Item> seen_;
    std::vector<NewFrame> new_frames_;
    std::map<uint32_t, uint32_t> new_frame_of_rule_;
};

}  // namespace dlgo
