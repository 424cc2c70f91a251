#include "core/sample/stop.h"

#include <algorithm>

#include "core/base/error.h"

namespace dlgo {

static constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

StopMatcher::StopMatcher(const std::vector<std::string>& stops) {
    for (const std::string& text : stops) {
        if (text.empty() || !is_valid_utf8(text)) fail(DLGO_ERROR_INVALID_ARGUMENT, "stop: expected strings in UTF-8, none of them empty");
        Stop stop{text, std::vector<size_t>(text.size() + 1), 0};
        size_t k = 0;
        for (size_t i = 1; i < text.size(); ++i) {
            while (k > 0 && text[i] != text[k]) k = stop.fallback[k];
            if (text[i] == text[k]) ++k;
            stop.fallback[i + 1] = k;
        }
        stops_.push_back(std::move(stop));
    }
}

void StopMatcher::match(char c) {
    text_.push_back(c);
    size_t complete = 0;
    for (Stop& stop : stops_) {
        while (stop.matched > 0 && stop.text[stop.matched] != c) stop.matched = stop.fallback[stop.matched];
        if (stop.text[stop.matched] == c) ++stop.matched;
        if (stop.matched == stop.text.size()) complete = std::max(complete, stop.matched);
    }
    if (complete == 0) return;
    text_.resize(text_.size() - complete);
    stopped_ = true;
}

void StopMatcher::add_text(std::string_view text) {
    for (const char c : text) {
        if (stopped_) return;
        match(c);
    }
}

void StopMatcher::add_byte(uint8_t byte) {
    const bool inside = state_.need > 0;
    if (!utf8_feed(state_, byte)) {
        n_partial_ = 0;
        add_text(kReplacement);
        if (inside) add_byte(byte);  // it may begin a character of its own
        return;
    }
    partial_[n_partial_++] = static_cast<char>(byte);
    if (state_.need > 0) return;
    add_text({partial_, n_partial_});
    n_partial_ = 0;
}

std::string_view StopMatcher::release(size_t held) {
    returned_ = text_.size() - held;
    return {text_.data(), returned_};
}

std::string_view StopMatcher::push(std::string_view bytes) {
    text_.erase(0, returned_);
    returned_ = 0;
    for (const char c : bytes) {
        if (stopped_) break;
        add_byte(static_cast<uint8_t>(c));
    }
    size_t held = 0;
    if (!stopped_) {
        for (const Stop& stop : stops_) held = std::max(held, stop.matched);
    }
    return release(held);
}

std::string_view StopMatcher::flush() {
    text_.erase(0, returned_);
    returned_ = 0;
    if (n_partial_ > 0) add_text(kReplacement);
    n_partial_ = 0;
    state_ = {};
    return release(0);
}

void StopMatcher::reset() {
    for (Stop& stop : stops_) stop.matched = 0;
    state_ = {};
    n_partial_ = returned_ = 0;
    text_.clear();
    stopped_ = false;
}

}  // namespace dlgo
