// A string whose bytes know where they come from.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace dlgo::jinja {

// trusted: written by the author of the template. Everything that comes from messages, tools or other data is not.
class Text {
public:
    struct Run {
        size_t end;  // one past its last byte
        bool trusted;
    };

    Text() = default;
    Text(std::string bytes, bool trusted);

    const std::string& bytes() const { return bytes_; }
    const std::vector<Run>& runs() const { return runs_; }
    size_t size() const { return bytes_.size(); }
    bool empty() const { return bytes_.empty(); }
    bool trusted() const { return runs_.empty() || (runs_.size() == 1 && runs_[0].trusted); }  // all of it
    bool trusted_at(size_t offset) const;

    void append(std::string_view bytes, bool trusted);
    void append(const Text& text) { append(text, 0, text.size()); }
    void append(const Text& text, size_t begin, size_t end);
    Text substr(size_t begin, size_t end) const;

    bool markup = false;  // Python's Markup: what is added to it with + is escaped

private:
    void mark(size_t end, bool trusted);

    std::string bytes_;
    std::vector<Run> runs_;  // adjacent runs differ
};

}  // namespace dlgo::jinja
