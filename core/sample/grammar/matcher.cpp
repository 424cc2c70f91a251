#include "core/sample/grammar/matcher.h"

#include <algorithm>

#include "core/base/error.h"

namespace dlgo {

static constexpr uint32_t kAccept = GrammarAutomaton::kAccept;

GrammarMatcher::GrammarMatcher(std::shared_ptr<const GrammarAutomaton> automaton) : automaton_(std::move(automaton)) {
    number_set({});
    number_frame({{kAccept, kRootFrame}});
    add({automaton_->start[automaton_->root], kRootFrame});
    start_ = build();
}

void GrammarMatcher::clear_work() noexcept {
    work_.clear();
    seen_.clear();
    new_frames_.clear();
    new_frame_of_rule_.clear();
}

void GrammarMatcher::add(Item item) {
    if (!seen_.insert(item).second) return;
    if (seen_.size() > kMaxItems) fail(DLGO_ERROR_UNSUPPORTED, "grammar: too ambiguous: more than %zu states at once", kMaxItems);
    work_.push_back(item);
}

void GrammarMatcher::add_call(uint32_t rule, Item back) {
    const auto [entry, begins] = new_frame_of_rule_.emplace(rule, static_cast<uint32_t>(new_frames_.size()));
    if (begins) new_frames_.push_back({rule, {}});
    NewFrame& frame = new_frames_[entry->second];
    frame.returns.push_back(back);
    if (frame.ended) add(back);
    if (begins) add({automaton_->start[rule], kNew + entry->second});
}

void GrammarMatcher::add_returns(uint32_t frame) {
    if (frame >= kNew) {
        NewFrame& f = new_frames_[frame - kNew];
        f.ended = true;
        for (const Item& back : f.returns) add(back);
    } else {
        for (const Item& back : *frames_[frame]) add(back);
    }
}

// Follows everything that takes no byte from the items in work_; returns the set.
GrammarMatcher::Set GrammarMatcher::build() {
    const GrammarAutomaton& a = *automaton_;
    Items items;
    while (!work_.empty()) {
        const Item item = work_.back();
        work_.pop_back();
        const auto &begin = a.states[item.state], &end = a.states[item.state + 1];
        if (begin.edges < end.edges || item.state == kAccept) items.push_back(item);
        for (uint32_t j = begin.jumps; j < end.jumps; ++j) add({a.jumps[j], item.frame});
        for (uint32_t c = begin.calls; c < end.calls; ++c) add_call(a.calls[c].rule, {a.calls[c].next, item.frame});
        if (a.final_state[item.state]) add_returns(item.frame);
    }
    const std::vector<uint32_t> numbers = number_new_frames();
    for (Item& item : items) {
        if (item.frame >= kNew) item.frame = numbers[item.frame - kNew];
    }
    return number_set(std::move(items));
}

// Callers before what they call: by then, what a frame returns to has its number.
std::vector<uint32_t> GrammarMatcher::number_new_frames() {
    std::vector<uint32_t> order, numbers(new_frames_.size());
    for (uint32_t i = 0; i < new_frames_.size(); ++i) order.push_back(i);
    std::sort(order.begin(), order.end(), [this](uint32_t x, uint32_t y) {
        return automaton_->rank[new_frames_[x].rule] < automaton_->rank[new_frames_[y].rule];
    });
    for (const uint32_t i : order) {
        Items returns;
        for (Item back : new_frames_[i].returns) {
            if (back.frame >= kNew) back.frame = numbers[back.frame - kNew];
            // A call at the end of a rule returns to where that rule returns: right recursion needs no frames.
            if (automaton_->is_end(back.state)) returns.insert(returns.end(), frames_[back.frame]->begin(), frames_[back.frame]->end());
            else returns.push_back(back);
        }
        numbers[i] = number_frame(std::move(returns));
    }
    return numbers;
}

uint32_t GrammarMatcher::number_frame(Items returns) {
    std::sort(returns.begin(), returns.end());
    returns.erase(std::unique(returns.begin(), returns.end()), returns.end());
    const auto [entry, added] = frame_numbers_.emplace(std::move(returns), static_cast<uint32_t>(frames_.size()));
    if (added) frames_.push_back(&entry->first);
    return entry->second;
}

GrammarMatcher::Set GrammarMatcher::number_set(Items items) {
    std::sort(items.begin(), items.end());
    items.erase(std::unique(items.begin(), items.end()), items.end());
    const auto [entry, added] = set_numbers_.emplace(std::move(items), static_cast<Set>(sets_.size()));
    if (added) sets_.push_back(&entry->first);
    return entry->second;
}

GrammarMatcher::Set GrammarMatcher::step(Set from, uint8_t byte) {
    if (from == kDead) return kDead;
    if (const uint32_t* known = transitions_.find(from, byte)) return *known;
    const GrammarAutomaton& a = *automaton_;
    clear_work();
    for (const Item& item : *sets_[from]) {
        for (uint32_t e = a.states[item.state].edges; e < a.states[item.state + 1].edges; ++e) {
            if (byte >= a.edges[e].lo && byte <= a.edges[e].hi) add({a.edges[e].next, item.frame});
        }
    }
    const Set to = build();
    transitions_.insert(from, byte, to);
    return to;
}

GrammarMatcher::Set GrammarMatcher::walk(Set from, std::string_view bytes) {
    for (size_t i = 0; i < bytes.size() && from != kDead; ++i) from = step(from, static_cast<uint8_t>(bytes[i]));
    return from;
}

bool GrammarMatcher::complete(Set set) const noexcept { return !sets_[set]->empty() && sets_[set]->front().state == kAccept; }
bool GrammarMatcher::finished(Set set) const noexcept { return complete(set) && sets_[set]->size() == 1; }

GrammarMatcher::Set GrammarMatcher::compact(Set set) {
    const Items start = *sets_[start_], current = *sets_[set];
    std::vector<bool> needed(frames_.size());
    needed[kRootFrame] = true;
    for (const Items* items : {&start, &current}) {
        for (const Item& item : *items) needed[item.frame] = true;
    }
    for (size_t f = frames_.size(); f-- > 0;) {
        if (!needed[f]) continue;
        for (const Item& back : *frames_[f]) needed[back.frame] = true;
    }
    const std::map<Items, uint32_t> old_numbers = std::move(frame_numbers_);  // keeps the items of old_frames
    const std::vector<const Items*> old_frames = std::move(frames_);
    frame_numbers_.clear();
    frames_.clear();
    std::vector<uint32_t> numbers(old_frames.size());
    const auto renumbered = [&numbers](Items items) {
        for (Item& item : items) item.frame = numbers[item.frame];
        return items;
    };
    for (size_t f = 0; f < old_frames.size(); ++f) {
        if (needed[f]) numbers[f] = number_frame(renumbered(*old_frames[f]));
    }
    set_numbers_.clear();
    sets_.clear();
    transitions_.clear();
    number_set({});
    start_ = number_set(renumbered(start));
    return number_set(renumbered(current));
}

}  // namespace dlgo
