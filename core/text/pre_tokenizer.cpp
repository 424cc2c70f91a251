#include "core/text/pre_tokenizer.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <limits>
#include <string>

#include "core/base/error.h"
#include "core/text/unicode_text.h"

namespace dlgo {
namespace {

// White_Space of Unicode. PCRE2's \s also has U+180E.
constexpr std::string_view kSpaces = "\\t-\\r \\x{85}\\x{A0}\\x{1680}\\x{2000}-\\x{200A}\\x{2028}\\x{2029}\\x{202F}\\x{205F}\\x{3000}";

// \s inside and outside of classes, \S outside of them.
std::string with_own_spaces(std::string_view pattern) {
    std::string out;
    bool in_class = false;
    for (size_t i = 0; i < pattern.size(); ++i) {
        const char c = pattern[i];
        if (c != '\\' || i + 1 == pattern.size()) {
            in_class = in_class ? c != ']' : c == '[';
            out.push_back(c);
            continue;
        }
        const char escaped = pattern[++i];
        if (escaped == 's' && in_class) {
            out.append(kSpaces);
        } else if ((escaped == 's' || escaped == 'S') && !in_class) {
            out.append(escaped == 's' ? "[" : "[^").append(kSpaces).append("]");
        } else {
            out.push_back('\\');
            out.push_back(escaped);
        }
    }
    return out;
}

template <auto Free>
struct Freer {
    template <class T>
    void operator()(T* p) const noexcept {
        Free(p);
    }
};
using Code = std::unique_ptr<pcre2_code, Freer<&pcre2_code_free>>;
using MatchData = std::unique_ptr<pcre2_match_data, Freer<&pcre2_match_data_free>>;
using MatchContext = std::unique_ptr<pcre2_match_context, Freer<&pcre2_match_context_free>>;

}  // namespace

struct PreSplitter::Pattern {
    Code code;
    MatchContext context;

    explicit Pattern(std::string_view pattern) {
        const std::string source = with_own_spaces(pattern);
        int error = 0;
        size_t at = 0;
        code.reset(pcre2_compile(reinterpret_cast<PCRE2_SPTR>(source.data()), source.size(),
                                 PCRE2_UTF | PCRE2_UCP | PCRE2_DOLLAR_ENDONLY, &error, &at, nullptr));
        if (!code) fail(DLGO_ERROR_INTERNAL, "pattern '%s': error %d at %zu", source.c_str(), error, at);
        pcre2_jit_compile(code.get(), PCRE2_JIT_COMPLETE);  // where it may not, matching interprets
        context.reset(pcre2_match_context_create(nullptr));
        if (!context) fail(DLGO_ERROR_OUT_OF_MEMORY, "pattern context");
        // Backtracking is linear in the length of a piece, and pieces have any length.
        pcre2_set_match_limit(context.get(), std::numeric_limits<uint32_t>::max());
    }

    // Appends the ends of the pieces of text[begin, end).
    void split(std::string_view text, size_t begin, size_t end, pcre2_match_data* data, std::vector<size_t>& ends) const {
        const auto* subject = reinterpret_cast<PCRE2_SPTR>(text.data()) + begin;
        const size_t length = end - begin;
        const size_t* span = pcre2_get_ovector_pointer(data);
        size_t last = 0;
        const auto cut = [&](size_t at) {
            if (at > last) ends.push_back(begin + at);
            last = at > last ? at : last;
        };
        while (last < length) {
            const int found = pcre2_match(code.get(), subject, length, last, PCRE2_NO_UTF_CHECK | PCRE2_NOTEMPTY_ATSTART, data,
                                          context.get());
            if (found < 0) break;
            cut(span[0]);
            cut(span[1]);
        }
        cut(length);
    }
};

PreSplitter::PreSplitter(const std::vector<std::string_view>& patterns) {
    for (const auto pattern : patterns) patterns_.push_back(std::make_unique<const Pattern>(pattern));
}

PreSplitter::~PreSplitter() = default;

std::vector<size_t> PreSplitter::split(std::string_view text) const {
    std::vector<size_t> ends, next;
    if (text.empty()) return ends;
    std::string storage;
    text = with_known_characters(text, storage);
    const MatchData data(pcre2_match_data_create(1, nullptr));
    if (!data) throw std::bad_alloc();
    ends.push_back(text.size());
    for (const auto& pattern : patterns_) {
        next.clear();
        size_t begin = 0;
        for (const size_t end : ends) {
            pattern->split(text, begin, end, data.get(), next);
            begin = end;
        }
        ends.swap(next);
    }
    return ends;
}

}  // namespace dlgo
