#include "core/sample/grammar/analysis.h"

#include <algorithm>
#include <utility>

#include "core/base/error.h"

namespace dlgo {

namespace {

using Node = GrammarNode;
using Graph = std::vector<std::vector<uint32_t>>;  // per rule: the rules that it leads to

constexpr uint64_t kInlineCost = 128;    // states of a rule that is copied into its callers
constexpr uint64_t kRepeatCost = 4096;   // states of a repetition whose body is copied
constexpr uint64_t kMaxCost = 1u << 30;

void collect_rules(const Node& node, std::vector<uint32_t>& out) {
    if (node.kind == Node::Kind::Rule) out.push_back(node.rule);
    for (const Node& child : node.children) collect_rules(child, out);
}

bool is_nullable(const Node& node, const std::vector<bool>& nullable) {
    const auto child = [&](const Node& n) { return is_nullable(n, nullable); };
    switch (node.kind) {
        case Node::Kind::Text: return node.text.empty();
        case Node::Kind::Set: return false;
        case Node::Kind::Rule: return nullable[node.rule];
        case Node::Kind::Sequence: return std::all_of(node.children.begin(), node.children.end(), child);
        case Node::Kind::Choice: return std::any_of(node.children.begin(), node.children.end(), child);
        case Node::Kind::Repeat: return node.min == 0 || child(node.children[0]);
    }
    return false;
}

// Rules that may begin at the node's beginning.
void collect_left(const Node& node, const std::vector<bool>& nullable, std::vector<uint32_t>& out) {
    if (node.kind == Node::Kind::Rule) out.push_back(node.rule);
    for (const Node& child : node.children) {
        collect_left(child, nullable, out);
        if (node.kind == Node::Kind::Sequence && !is_nullable(child, nullable)) return;
    }
}

std::vector<bool> find_nullable(const GrammarRules& rules, const Graph& callers) {
    std::vector<bool> nullable(rules.bodies.size());
    std::vector<uint32_t> work;
    for (uint32_t r = 0; r < rules.bodies.size(); ++r) work.push_back(r);
    while (!work.empty()) {
        const uint32_t r = work.back();
        work.pop_back();
        if (nullable[r] || !is_nullable(rules.bodies[r], nullable)) continue;
        nullable[r] = true;
        work.insert(work.end(), callers[r].begin(), callers[r].end());
    }
    return nullable;
}

Graph reversed(const Graph& graph) {
    Graph out(graph.size());
    for (uint32_t from = 0; from < graph.size(); ++from) {
        for (const uint32_t to : graph[from]) out[to].push_back(from);
    }
    return out;
}

// Rules in an order in which each comes after all that it leads to; those on or before a cycle are left out.
std::vector<uint32_t> leaves_first(const Graph& graph) {
    const Graph callers = reversed(graph);
    std::vector<size_t> open;
    std::vector<uint32_t> order;
    for (uint32_t r = 0; r < graph.size(); ++r) {
        open.push_back(graph[r].size());
        if (open[r] == 0) order.push_back(r);
    }
    for (size_t i = 0; i < order.size(); ++i) {
        for (const uint32_t caller : callers[order[i]]) {
            if (--open[caller] == 0) order.push_back(caller);
        }
    }
    return order;
}

// Ranks by the order of calls before any byte; such a cycle is left recursion.
std::vector<uint32_t> rank_rules(const GrammarRules& rules, const std::vector<bool>& nullable) {
    Graph left(rules.bodies.size());
    for (size_t r = 0; r < left.size(); ++r) collect_left(rules.bodies[r], nullable, left[r]);
    const std::vector<uint32_t> order = leaves_first(left);
    std::vector<uint32_t> rank(left.size(), UINT32_MAX);
    for (size_t i = 0; i < order.size(); ++i) rank[order[i]] = static_cast<uint32_t>(order.size() - i);
    if (order.size() == left.size()) return rank;

    // Every rule without a rank leads to another one: following them enters the cycle.
    uint32_t r = static_cast<uint32_t>(std::find(rank.begin(), rank.end(), UINT32_MAX) - rank.begin());
    for (size_t i = 0; i < left.size(); ++i) {
        r = *std::find_if(left[r].begin(), left[r].end(), [&](uint32_t next) { return rank[next] == UINT32_MAX; });
    }
    fail(DLGO_ERROR_INVALID_ARGUMENT, "grammar: rule '%s' is left-recursive: it may begin with itself", rules.names[r].c_str());
}

// About how many states a node needs; large repetitions get rules of their own on the way.
class Costs {
public:
    Costs(GrammarRules& rules, std::vector<bool>& inlined) : rules_(rules), inlined_(inlined), costs_(rules.bodies.size(), 1) {}

    void visit(uint32_t rule, bool recursive) {
        Node body = std::move(rules_.bodies[rule]);
        rule_ = rule;
        costs_[rule] = cost(body) + 1;
        rules_.bodies[rule] = std::move(body);
        inlined_[rule] = !recursive && costs_[rule] <= kInlineCost;
    }

private:
    uint64_t cost(Node& node) {
        switch (node.kind) {
            case Node::Kind::Text: return node.text.size() + 1;
            case Node::Kind::Set: return node.ranges.empty() || node.ranges.back().hi < 0x80 ? 1 : 8;
            case Node::Kind::Rule: return inlined_[node.rule] ? costs_[node.rule] : 1;
            case Node::Kind::Repeat: return repeat(node);
            case Node::Kind::Sequence:
            case Node::Kind::Choice: break;
        }
        uint64_t sum = 1;
        for (Node& child : node.children) sum = std::min(sum + cost(child), kMaxCost);
        return sum;
    }

    uint64_t repeat(Node& node) {
        const uint64_t n = node.max == Node::kUnbounded ? node.min + 1 : node.max;
        const uint64_t one = cost(node.children[0]);
        if (one <= 2 || one * n <= kRepeatCost) return std::min(one * n + 1, kMaxCost);
        Node call;
        call.kind = Node::Kind::Rule;
        call.rule = static_cast<uint32_t>(rules_.bodies.size());
        rules_.names.push_back(rules_.names[rule_]);
        rules_.bodies.push_back(std::exchange(node.children[0], call));
        inlined_.push_back(false);
        costs_.push_back(1);
        return std::min(n + 1, kMaxCost);
    }

    GrammarRules& rules_;
    std::vector<bool>& inlined_;
    std::vector<uint64_t> costs_;
    uint32_t rule_ = 0;
};

Graph call_graph(const GrammarRules& rules) {
    Graph graph(rules.bodies.size());
    for (size_t r = 0; r < graph.size(); ++r) collect_rules(rules.bodies[r], graph[r]);
    return graph;
}

}  // namespace

GrammarAnalysis analyse_grammar(GrammarRules& rules) {
    GrammarAnalysis out;
    const size_t n_written = rules.bodies.size();
    out.inlined.resize(n_written);
    const std::vector<uint32_t> order = leaves_first(call_graph(rules));
    std::vector<bool> recursive(n_written, true);
    Costs costs(rules, out.inlined);
    for (const uint32_t r : order) {
        recursive[r] = false;
        costs.visit(r, false);
    }
    for (uint32_t r = 0; r < n_written; ++r) {
        if (recursive[r]) costs.visit(r, true);
    }
    out.rank = rank_rules(rules, find_nullable(rules, reversed(call_graph(rules))));
    return out;
}

}  // namespace dlgo
