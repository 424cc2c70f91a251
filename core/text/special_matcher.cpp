#include "core/text/special_matcher.h"

#include <algorithm>

#include "core/text/vocab.h"

namespace dlgo {
namespace {

// The C locale's.
bool is_space(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }

}  // namespace

SpecialMatcher::SpecialMatcher(const Vocab& vocab) : vocab_(vocab), nodes_(257) {
    for (int32_t id = 0; id < vocab.size(); ++id) {
        if (!vocab.has(id, kAttrControl | kAttrUnknown | kAttrUserDefined)) continue;
        const auto text = vocab.texts[static_cast<size_t>(id)];
        insert(text, id);
        lengths_.push_back(static_cast<uint32_t>(text.size()));
        const bool control = vocab.has(id, kAttrControl | kAttrUnknown);
        (control ? control_first_ : plain_first_)[static_cast<uint8_t>(text[0])] = true;
        lstrip_ = lstrip_ || vocab.has(id, kAttrLstrip);
    }
    std::sort(lengths_.begin(), lengths_.end(), std::greater<>());
    lengths_.erase(std::unique(lengths_.begin(), lengths_.end()), lengths_.end());
}

void SpecialMatcher::insert(std::string_view text, int32_t token) {
    uint32_t node = 1u + static_cast<uint8_t>(text[0]);
    for (const char c : text.substr(1)) {
        uint32_t next = step(node, static_cast<uint8_t>(c));
        if (next == 0) {
            next = static_cast<uint32_t>(nodes_.size());
            nodes_.push_back({-1, 0, nodes_[node].child, static_cast<uint8_t>(c)});
            nodes_[node].child = next;
        }
        node = next;
    }
    nodes_[node].token = token;
}

uint32_t SpecialMatcher::step(uint32_t node, uint8_t byte) const noexcept {
    uint32_t child = nodes_[node].child;
    while (child && nodes_[child].byte != byte) child = nodes_[child].sibling;
    return child;
}

// One text. Places where tokens begin are gathered into clusters that overlap; each is decided on its own.
class SpecialMatcher::Search {
public:
    Search(const SpecialMatcher& matcher, std::string_view text, const SpecialScope& scope)
        : m_(matcher), text_(text), scope_(scope) {}

    std::vector<SpecialMatch> run() {
        for (size_t at = 0; at < text_.size(); ++at) {
            const auto byte = static_cast<uint8_t>(text_[at]);
            if (!m_.plain_first_[byte] && !m_.control_first_[byte]) continue;
            const size_t reach = longest_reach(at);
            if (reach == 0) continue;
            if (!places_.empty() && at >= end_ && !m_.lstrip_) decide();
            if (places_.empty()) begin_ = m_.lstrip_ ? 0 : at;
            places_.push_back(at);
            end_ = std::max(end_, reach);
        }
        if (!places_.empty()) decide();
        return std::move(matches_);
    }

private:
    // The end of the trusted part that at is in; at itself outside.
    size_t trusted_until(size_t at) noexcept {
        const auto& parts = scope_.trusted;
        while (part_ > 0 && (part_ >= parts.size() || parts[part_].first > at)) --part_;
        while (part_ < parts.size() && parts[part_].second <= at) ++part_;
        return part_ < parts.size() && parts[part_].first <= at ? parts[part_].second : at;
    }

    bool allowed(int32_t token, size_t end, size_t trusted) const noexcept {
        if (end <= trusted) return true;
        const unsigned banned = kAttrControl | kAttrUnknown | (scope_.distrust ? unsigned{kAttrControlInFile} : 0u);
        return !m_.vocab_.has(token, banned);
    }

    // take(token, length) of every token at a place, ascending; until it returns false.
    template <class Take>
    void walk(size_t at, const Take& take) {
        const size_t trusted = trusted_until(at);
        uint32_t node = 1u + static_cast<uint8_t>(text_[at]);
        for (size_t end = at + 1; node; ++end) {
            const int32_t token = m_.nodes_[node].token;
            if (token >= 0 && allowed(token, end, trusted) && !take(token, end - at)) return;
            if (end == text_.size()) return;
            node = m_.step(node, static_cast<uint8_t>(text_[end]));
        }
    }

    // Where the last byte is that a token beginning here may take; 0: no token begins here.
    size_t longest_reach(size_t at) {
        size_t reach = 0;
        walk(at, [&](int32_t token, size_t length) {
            size_t end = at + length;
            if (m_.vocab_.has(token, kAttrRstrip)) {
                while (end < text_.size() && is_space(text_[end])) ++end;
            }
            reach = std::max(reach, end);
            return true;
        });
        return reach;
    }

    // Greedy by length. Windows of 64 lengths, one bit each.
    void decide() {
        const size_t first = matches_.size();
        taken_.assign(end_ - begin_, 0);
        for (size_t window = 0; window < m_.lengths_.size() && !places_.empty(); window += 64) {
            const size_t n = std::min<size_t>(64, m_.lengths_.size() - window);
            const uint64_t any = find_lengths(window, n);
            for (size_t i = 0; i < n; ++i) {
                if (any >> i & 1) take_length(m_.lengths_[window + i], uint64_t{1} << i);
            }
        }
        std::sort(matches_.begin() + static_cast<ptrdiff_t>(first), matches_.end(),
                  [](const SpecialMatch& a, const SpecialMatch& b) { return a.begin < b.begin; });
        places_.clear();
        end_ = 0;
    }

    uint64_t find_lengths(size_t window, size_t n) {
        const auto from = m_.lengths_.begin() + static_cast<ptrdiff_t>(window), to = from + static_cast<ptrdiff_t>(n);
        uint64_t any = 0;
        masks_.assign(places_.size(), 0);
        for (size_t i = 0; i < places_.size(); ++i) {
            walk(places_[i], [&](int32_t, size_t length) {
                const auto it = std::lower_bound(from, to, length, std::greater<>());
                if (it != to && *it == length) masks_[i] |= uint64_t{1} << (it - from);
                return true;
            });
            any |= masks_[i];
        }
        return any;
    }

    // Whatever is taken already is at least as long, so that it shows at one of the ends.
    bool is_free(size_t begin, size_t end) const noexcept { return !taken_[begin - begin_] && !taken_[end - 1 - begin_]; }

    void take_length(size_t length, uint64_t bit) {
        size_t kept = 0;
        for (size_t i = 0; i < places_.size(); ++i) {
            const size_t at = places_[i];
            if ((masks_[i] & bit) && is_free(at, at + length)) take(at, length);
            if (taken_[at - begin_]) continue;
            places_[kept] = at;
            masks_[kept++] = masks_[i];
        }
        places_.resize(kept);
        masks_.resize(kept);
    }

    void take(size_t at, size_t length) {
        SpecialMatch match{at, at + length, -1};
        walk(at, [&](int32_t token, size_t n) {
            if (n == length) match.token = token;
            return n < length;
        });
        if (m_.vocab_.has(match.token, kAttrRstrip)) {
            while (match.end < end_ && !taken_[match.end - begin_] && is_space(text_[match.end])) ++match.end;
        }
        if (m_.vocab_.has(match.token, kAttrLstrip)) {
            while (match.begin > begin_ && !taken_[match.begin - 1 - begin_] && is_space(text_[match.begin - 1])) --match.begin;
        }
        std::fill(taken_.begin() + static_cast<ptrdiff_t>(match.begin - begin_),
                  taken_.begin() + static_cast<ptrdiff_t>(match.end - begin_), uint8_t{1});
        matches_.push_back(match);
    }

    const SpecialMatcher& m_;
    const std::string_view text_;
    const SpecialScope& scope_;
    size_t part_ = 0;                // of scope_.trusted, the last one looked at
    size_t begin_ = 0, end_ = 0;     // of the cluster
    std::vector<size_t> places_;     // of the cluster, ascending
    std::vector<uint64_t> masks_;    // lengths of the tokens at a place
    std::vector<uint8_t> taken_;     // bytes of the cluster
    std::vector<SpecialMatch> matches_;
};

std::vector<SpecialMatch> SpecialMatcher::find(std::string_view text, const SpecialScope& scope) const {
    return lengths_.empty() ? std::vector<SpecialMatch>() : Search(*this, text, scope).run();
}

}  // namespace dlgo
