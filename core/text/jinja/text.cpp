#include "core/text/jinja/text.h"

#include <algorithm>

namespace dlgo::jinja {

static std::vector<Text::Run>::const_iterator run_at(const std::vector<Text::Run>& runs, size_t offset) {
    return std::upper_bound(runs.begin(), runs.end(), offset, [](size_t o, const Text::Run& run) { return o < run.end; });
}

Text::Text(std::string bytes, bool trusted) : bytes_(std::move(bytes)) {
    if (!bytes_.empty()) runs_.push_back({bytes_.size(), trusted});
}

bool Text::trusted_at(size_t offset) const {
    const auto run = run_at(runs_, offset);
    return run != runs_.end() && run->trusted;
}

void Text::mark(size_t end, bool trusted) {
    if (!runs_.empty() && runs_.back().trusted == trusted) {
        runs_.back().end = end;
    } else {
        runs_.push_back({end, trusted});
    }
}

void Text::append(std::string_view bytes, bool trusted) {
    if (bytes.empty()) return;
    bytes_.append(bytes);
    mark(bytes_.size(), trusted);
}

void Text::append(const Text& text, size_t begin, size_t end) {
    for (auto run = run_at(text.runs_, begin); begin < end && run != text.runs_.end(); ++run) {
        const size_t stop = std::min(end, run->end);
        append(std::string_view(text.bytes_).substr(begin, stop - begin), run->trusted);
        begin = stop;
    }
}

Text Text::substr(size_t begin, size_t end) const {
    Text out;
    out.append(*this, begin, end);
    out.markup = markup;
    return out;
}

}  // namespace dlgo::jinja
