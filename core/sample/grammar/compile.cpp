// Grammar trees to automata: Thompson's construction over bytes.
#include <algorithm>
#include <map>

#include "core/base/error.h"
#include "core/sample/grammar/analysis.h"
#include "core/sample/grammar/automaton.h"

namespace dlgo {

namespace {

using Node = GrammarNode;
constexpr size_t kMaxStates = 1u << 18;
constexpr uint32_t kNowhere = GrammarAutomaton::kAccept;  // start of a rule that nothing calls

class Builder {
public:
    explicit Builder(GrammarRules rules) : rules_(std::move(rules)), analysis_(analyse_grammar(rules_)) {}

    GrammarAutomaton build() {
        add_state();  // kAccept
        for (uint32_t r = 0; r < rules_.bodies.size(); ++r) {
            if (analysis_.inlined[r] && r != rules_.root) {
                out_.start.push_back(kNowhere);
                continue;
            }
            const uint32_t begin = add_state(), end = add_state();
            out_.start.push_back(begin);
            out_.final_state[end] = true;
            node(rules_.bodies[r], begin, end);
        }
        out_.rank = std::move(analysis_.rank);
        out_.root = rules_.root;
        flatten();
        return std::move(out_);
    }

private:
    struct Ways {
        std::vector<GrammarAutomaton::Edge> edges;
        std::vector<uint32_t> jumps;
        std::vector<GrammarAutomaton::Call> calls;
    };

    uint32_t add_state() {
        if (ways_.size() >= kMaxStates) fail(DLGO_ERROR_UNSUPPORTED, "grammar: needs more than %zu states", kMaxStates);
        ways_.emplace_back();
        out_.final_state.push_back(false);
        return static_cast<uint32_t>(ways_.size() - 1);
    }

    void node(const Node& n, uint32_t from, uint32_t to) {
        switch (n.kind) {
            case Node::Kind::Text: return text(n, from, to);
            case Node::Kind::Set: return set(n, from, to);
            case Node::Kind::Repeat: return repeat(n, from, to);
            case Node::Kind::Rule:
                if (analysis_.inlined[n.rule]) return node(rules_.bodies[n.rule], from, to);
                ways_[from].calls.push_back({n.rule, to});
                return;
            case Node::Kind::Choice:
                for (const Node& child : n.children) node(child, from, to);
                return;
            case Node::Kind::Sequence:
                for (size_t i = 0; i < n.children.size(); ++i) {
                    const uint32_t next = i + 1 < n.children.size() ? add_state() : to;
                    node(n.children[i], from, next);
                    from = next;
                }
                return;
        }
    }

    void text(const Node& n, uint32_t from, uint32_t to) {
        if (n.text.empty()) ways_[from].jumps.push_back(to);
        for (size_t i = 0; i < n.text.size(); ++i) {
            const uint32_t next = i + 1 < n.text.size() ? add_state() : to;
            const auto byte = static_cast<uint8_t>(n.text[i]);
            ways_[from].edges.push_back({byte, byte, next});
            from = next;
        }
    }

    void set(const Node& n, uint32_t from, uint32_t to) {
        std::map<std::vector<ByteRange>, uint32_t> tails;  // states from which such continuation bytes lead to `to`
        tails[{}] = to;
        for (const CodeRange& r : n.ranges) {
            for (const auto& bytes : utf8_ranges(r.lo, r.hi)) {
                uint32_t next = to;
                for (size_t i = bytes.size(); i-- > 1;) {
                    const std::vector<ByteRange> tail(bytes.begin() + static_cast<std::ptrdiff_t>(i), bytes.end());
                    const auto known = tails.find(tail);
                    if (known != tails.end()) {
                        next = known->second;
                        continue;
                    }
                    const uint32_t state = add_state();
                    ways_[state].edges.push_back({bytes[i].first, bytes[i].second, next});
                    tails[tail] = next = state;
                }
                ways_[from].edges.push_back({bytes[0].first, bytes[0].second, next});
            }
        }
    }

    void repeat(const Node& n, uint32_t from, uint32_t to) {
        const Node& child = n.children[0];
        if (n.max == 0) ways_[from].jumps.push_back(to);
        for (uint32_t i = 0; i < n.min; ++i) {
            const uint32_t next = i + 1 < n.max ? add_state() : to;
            node(child, from, next);
            from = next;
        }
        if (n.max == Node::kUnbounded) {
            const uint32_t loop = add_state();
            ways_[from].jumps.push_back(loop);
            node(child, loop, loop);
            ways_[loop].jumps.push_back(to);
            return;
        }
        for (uint32_t i = n.min; i < n.max; ++i) {
            const uint32_t next = i + 1 < n.max ? add_state() : to;
            ways_[from].jumps.push_back(to);
            node(child, from, next);
            from = next;
        }
    }

    void flatten() {
        for (const Ways& w : ways_) {
            mark();
            out_.edges.insert(out_.edges.end(), w.edges.begin(), w.edges.end());
            out_.jumps.insert(out_.jumps.end(), w.jumps.begin(), w.jumps.end());
            out_.calls.insert(out_.calls.end(), w.calls.begin(), w.calls.end());
        }
        mark();
    }
    void mark() {
        out_.states.push_back({static_cast<uint32_t>(out_.edges.size()), static_cast<uint32_t>(out_.jumps.size()),
                               static_cast<uint32_t>(out_.calls.size())});
    }

    GrammarRules rules_;
    GrammarAnalysis analysis_;
    GrammarAutomaton out_;
    std::vector<Ways> ways_;
};

}  // namespace

GrammarAutomaton compile_grammar(GrammarRules rules) { return Builder(std::move(rules)).build(); }

}  // namespace dlgo
