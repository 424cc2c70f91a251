// json.dumps().
#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/text/jinja/error.h"
#include "core/text/jinja/filters.h"
#include "core/text/jinja/limits.h"
#include "core/text/jinja/python.h"
#include "core/text/jinja/unicode.h"

namespace dlgo::jinja {

namespace {

class JsonWriter {
public:
    explicit JsonWriter(const JsonStyle& style) : style_(style) {}
    void write(const Value& value);

    std::string out;

private:
    void string(std::string_view text);
    void key(const Value& key);
    void newline();
    void items(const std::vector<Value>& items);
    void dict(const Dict& dict);

    const JsonStyle& style_;
    size_t level_ = 0;
    size_t charged_ = 0;
};

void JsonWriter::string(std::string_view text) {
    out += '"';
    for (size_t at = 0; at < text.size();) {
        const Character c = character_at(text, at);
        switch (c.code) {
            case '"': out += "\\\""; break;
            case '\\': out += "\\\\"; break;
            case '\n': out += "\\n"; break;
            case '\r': out += "\\r"; break;
            case '\t': out += "\\t"; break;
            case '\b': out += "\\b"; break;
            case '\f': out += "\\f"; break;
            default:
                if (c.code < 0x20 || (style_.ascii && c.code >= 0x7F && c.code < 0x10000)) {
                    if (c.code == 0x7F) {
                        out += '\x7f';
                    } else {
                        out += strf("\\u%04x", c.code);
                    }
                } else if (style_.ascii && c.code >= 0x10000) {
                    out += strf("\\u%04x\\u%04x", 0xD800 + ((c.code - 0x10000) >> 10), 0xDC00 + ((c.code - 0x10000) & 0x3FF));
                } else {
                    out += text.substr(at, c.bytes);
                }
        }
        at += c.bytes;
    }
    out += '"';
}

void JsonWriter::newline() {
    if (!style_.indented) return;
    charge_text(level_ * style_.indent.size());
    out += '\n';
    for (size_t i = 0; i < level_; ++i) out += style_.indent;
}

void JsonWriter::items(const std::vector<Value>& items) {
    if (items.empty()) {
        out += "[]";
        return;
    }
    out += '[';
    ++level_;
    for (size_t i = 0; i < items.size(); ++i) {
        if (i > 0) out += style_.item_separator;
        newline();
        write(items[i]);
    }
    --level_;
    newline();
    out += ']';
}

void JsonWriter::key(const Value& key) {
    if (key.is_string()) return string(key.string());
    if (!key.is_none() && !key.is_number()) type_error("keys must be str, int, float, bool or None, not " + type_name(key));
    out += '"';
    write(key);
    out += '"';
}

void JsonWriter::dict(const Dict& dict) {
    if (dict.size() == 0) {
        out += "{}";
        return;
    }
    std::vector<Dict::Entry> entries = dict.entries();
    if (style_.sort_keys) std::stable_sort(entries.begin(), entries.end(), [](const auto& a, const auto& b) { return less(a.first, b.first); });
    out += '{';
    ++level_;
    for (size_t i = 0; i < entries.size(); ++i) {
        if (i > 0) out += style_.item_separator;
        newline();
        key(entries[i].first);
        out += style_.key_separator;
        write(entries[i].second);
    }
    --level_;
    newline();
    out += '}';
}

void JsonWriter::write(const Value& value) {
    charge_steps(1);
    switch (value.kind()) {
        case Value::Kind::None: out += "null"; break;
        case Value::Kind::Bool: out += value.integer() ? "true" : "false"; break;
        case Value::Kind::Int: out += std::to_string(value.integer()); break;
        case Value::Kind::Float:
            if (std::isfinite(value.number())) {
                out += float_repr(value.number());
            } else {
                out += std::isnan(value.number()) ? "NaN" : value.number() < 0 ? "-Infinity" : "Infinity";
            }
            break;
        case Value::Kind::String: string(value.string()); break;
        case Value::Kind::Dict: dict(*value.dict()); break;
        case Value::Kind::Sequence:
            if (value.sequence()->is_list() || value.sequence()->is_tuple()) {
                items(value.sequence()->items);
                break;
            }
            [[fallthrough]];
        default: type_error("Object of type " + type_name(value) + " is not JSON serializable");
    }
    charge_text(out.size() - std::min(charged_, out.size()));
    charged_ = out.size();
}

}  // namespace

Text to_json(const Value& value, const JsonStyle& style) {
    JsonWriter writer(style);
    writer.write(value);
    return Text(std::move(writer.out), value.trusted());
}

}  // namespace dlgo::jinja
