// Filters of strings.
#include "core/text/jinja/arguments.h"
#include "core/text/jinja/filters.h"
#include "core/text/jinja/limits.h"
#include "core/text/jinja/python.h"
#include "core/text/jinja/strings.h"

namespace dlgo::jinja {

Text escape_html(const Text& text) {
    Text out;
    for (size_t at = 0; at < text.size(); ++at) {
        const char c = text.bytes()[at];
        const std::string_view to = c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '"' ? "&#34;" : c == '\'' ? "&#39;" : "";
        if (to.empty()) {
            out.append(text, at, at + 1);
        } else {
            out.append(to, text.trusted_at(at));
        }
    }
    out.markup = true;
    return out;
}

namespace {

Value escape(const Value& value, Arguments&) {
    if (value.is_string() && value.text().markup) return value;
    return escape_html(to_text(value));
}

Value safe(const Value& value, Arguments&) {
    Text out = to_text(value);
    out.markup = true;
    return out;
}

Value trim(const Value& value, Arguments& a) {
    const Parameters p("trim", a, {"chars"});
    const Text text = to_text(value);
    if (!p.has(0) || p[0].is_none()) return strip(text, std::nullopt, true, true);
    return strip(text, p.text(0).bytes(), true, true);
}

Value replace_filter(const Value& value, Arguments& a) {
    const Parameters p("replace", a, {"old", "new", "count"});
    Text text = to_text(value);
    return replace(text, to_text(p[0]), to_text(p[1]), p.has(2) && !p[2].is_none() ? p.integer(2) : -1);
}

Value indent(const Value& value, Arguments& a) {
    const Parameters p("indent", a, {"width", "first", "blank"});
    const Text prefix = p.has(0) && p[0].is_string() ? p.text(0) : justify(Text(), p.integer(0, 4), Text(" ", true), 1);
    const bool first = p.flag(1), blank = p.flag(2);
    if (value.is_undefined()) runtime_error(*value.undefined().message);
    if (!value.is_string()) type_error("indent needs a string, not '" + type_name(value) + "'");
    Text text = value.text();
    const bool markup = text.markup;
    text.append("\n", true);
    const std::vector<Text> lines = split_lines(text, false);
    Text out;
    out.markup = markup;
    for (size_t i = 0; i < lines.size(); ++i) {
        if (i > 0) out.append("\n", lines[i].trusted() && lines[i - 1].trusted());
        if (i == 0 ? first : blank || !lines[i].empty()) {
            charge_text(prefix.size());
            out.append(prefix);
        }
        out.append(lines[i]);
    }
    return out;
}

Value center(const Value& value, Arguments& a) {
    return justify(to_text(value), Parameters("center", a, {"width"}).integer(0, 80), Text(" ", true), 0);
}

Value truncate(const Value& value, Arguments& a) {
    const Parameters p("truncate", a, {"length", "killwords", "end", "leeway"});
    if (!value.is_string() && static_cast<int64_t>(length(value)) <= p.integer(0, 255) + p.integer(3, 5)) return value;
    const Text text = to_text(value), end = p.has(2) ? p.text(2) : Text("...", true);
    const int64_t length = p.integer(0, 255), leeway = p.has(3) && !p[3].is_none() ? p.integer(3) : 5;
    const auto end_length = static_cast<int64_t>(count_characters(end.bytes()));
    if (length < end_length) throw RuntimeError("AssertionError: expected length >= " + std::to_string(end_length) + ", got " + std::to_string(length));
    if (leeway < 0) throw RuntimeError("AssertionError: expected leeway >= 0, got " + std::to_string(leeway));
    if (static_cast<int64_t>(count_characters(text.bytes())) <= length + leeway) return text;
    Text out = text.substr(0, offset_of(text.bytes(), static_cast<size_t>(length - end_length)));
    if (!p.flag(1)) {
        const size_t space = out.bytes().rfind(' ');
        if (space != std::string::npos) out = out.substr(0, space);
    }
    out.append(end);
    return out;
}

Value wordcount(const Value& value, Arguments&) {
    const Text text = to_text(value);
    int64_t n = 0;
    bool word = false;
    for (size_t at = 0; at < text.size();) {
        const Character c = character_at(text.bytes(), at);
        const bool in_word = is_alnum(c.code) || c.code == '_';
        n += in_word && !word;
        word = in_word;
        at += c.bytes;
    }
    return Value(n, text.trusted());
}

Value format(const Value& value, Arguments& a) {
    if (!a.named.empty() && !a.positional.empty()) throw RuntimeError("can't handle positional and keyword arguments at the same time");
    if (a.named.empty()) return format_percent(to_text(value), make_sequence(std::move(a.positional), Sequence::Type::Tuple));
    auto named = std::make_shared<Dict>();
    for (const auto& [name, argument] : a.named) named->set(Value(name, true), argument);
    return format_percent(to_text(value), Value(std::move(named)));
}

}  // namespace

std::vector<FilterEntry> text_filters() {
    return {
        {"upper", [](const Value& v, Arguments&) { return Value(map_characters(to_text(v), append_upper)); }},
        {"lower", [](const Value& v, Arguments&) { return Value(map_characters(to_text(v), append_lower)); }},
        {"capitalize", [](const Value& v, Arguments&) { return Value(capitalize(to_text(v))); }},
        {"title", [](const Value& v, Arguments&) { return Value(title_words(to_text(v))); }},
        {"string", [](const Value& v, Arguments&) { return Value(to_text(v)); }},
        {"e", escape},
        {"escape", escape},
        {"forceescape", [](const Value& v, Arguments&) { return Value(escape_html(to_text(v))); }},
        {"safe", safe},
        {"trim", trim},
        {"replace", replace_filter},
        {"indent", indent},
        {"center", center},
        {"truncate", truncate},
        {"wordcount", wordcount},
        {"format", format},
    };
}

}  // namespace dlgo::jinja
