// Text on its way from tokens to the caller: whole UTF-8 characters only, and nothing that could be the beginning of a stop string.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "core/base/utf8.h"

namespace dlgo {

// The result does not depend on how the text is cut into pieces: it ends where the first stop string is complete, and of those
// complete at the same byte the longest counts. Bytes that are not UTF-8 become U+FFFD.
class StopMatcher {
public:
    // INVALID_ARGUMENT for a stop string that is empty or not UTF-8.
    explicit StopMatcher(const std::vector<std::string>& stops);

    // Adds the bytes of a token; returns the text that is decided, valid until the next call. Nothing after a stop.
    std::string_view push(std::string_view bytes);

    // The rest, at the end of the generation: text held back and a U+FFFD for an incomplete character.
    std::string_view flush();

    bool stopped() const noexcept { return stopped_; }
    void reset();

private:
    // Knuth-Morris-Pratt: how much of the stop string the text ends with.
    struct Stop {
        std::string text;
        std::vector<size_t> fallback;  // per length of a match: the next shorter one
        size_t matched = 0;
    };

    void add_byte(uint8_t byte);
    void add_text(std::string_view text);
    void match(char c);
    std::string_view release(size_t held);

    std::vector<Stop> stops_;
    Utf8State state_;
    char partial_[4];        // bytes of an incomplete character
    size_t n_partial_ = 0;
    std::string text_;       // what was returned last, then what is held back
    size_t returned_ = 0;
    bool stopped_ = false;
};

}  // namespace dlgo
