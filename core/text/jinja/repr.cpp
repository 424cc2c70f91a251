// str() and repr().
#include <charconv>
#include <cmath>

#include "core/base/error.h"
#include "core/text/jinja/error.h"
#include "core/text/jinja/limits.h"
#include "core/text/jinja/python.h"
#include "core/text/jinja/unicode.h"

namespace dlgo::jinja {

std::string float_repr(double value) {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr;
    const std::string_view shortest(buffer, static_cast<size_t>(end - buffer));
    const size_t e = shortest.find('e');
    int exponent = 0;
    const char* digits = shortest.data() + e + 1;
    std::from_chars(*digits == '+' ? digits + 1 : digits, end, exponent);
    std::string out;
    if (exponent < -4 || exponent >= 16) return std::string(shortest);  // both write at least two digits of exponent
    std::string mantissa;
    for (const char c : shortest.substr(0, e)) {
        if (c == '-') out += c;
        if (c >= '0' && c <= '9') mantissa += c;
    }
    if (exponent < 0) return out + "0." + std::string(static_cast<size_t>(-exponent - 1), '0') + mantissa;
    const auto whole = static_cast<size_t>(exponent) + 1;
    if (mantissa.size() < whole) mantissa.append(whole - mantissa.size(), '0');
    out += mantissa.substr(0, whole) + '.';
    return out + (mantissa.size() > whole ? mantissa.substr(whole) : "0");
}

std::string string_repr(std::string_view text) {
    const char quote = text.find('\'') != std::string_view::npos && text.find('"') == std::string_view::npos ? '"' : '\'';
    std::string out(1, quote);
    for (size_t at = 0; at < text.size();) {
        const Character c = character_at(text, at);
        if (c.code == '\\' || c.code == static_cast<uint32_t>(quote)) {
            out += '\\';
            out += static_cast<char>(c.code);
        } else if (c.code == '\n') {
            out += "\\n";
        } else if (c.code == '\r') {
            out += "\\r";
        } else if (c.code == '\t') {
            out += "\\t";
        } else if (is_printable(c.code)) {
            out += text.substr(at, c.bytes);
        } else {
            out += c.code < 0x100 ? strf("\\x%02x", c.code) : c.code < 0x10000 ? strf("\\u%04x", c.code) : strf("\\U%08x", c.code);
        }
        at += c.bytes;
    }
    return out + quote;
}

static void append_items(std::string& out, const std::vector<Value>& items, size_t begin = 0) {
    for (size_t i = begin; i < items.size(); ++i) {
        if (i > begin) out += ", ";
        out += repr(items[i]);
        charge_text(out.size() / 64 + 1);
    }
}

static std::string sequence_repr(const Sequence& sequence) {
    std::string out;
    switch (sequence.type) {
        case Sequence::Type::List:
            out = "[";
            append_items(out, sequence.items);
            return out + "]";
        case Sequence::Type::Tuple:
        case Sequence::Type::Group:
            out = "(";
            append_items(out, sequence.items);
            return out + (sequence.items.size() == 1 ? ",)" : ")");
        case Sequence::Type::Range:
            out = "range(" + std::to_string(sequence.start) + ", " + std::to_string(sequence.stop);
            return out + (sequence.step == 1 ? ")" : ", " + std::to_string(sequence.step) + ")");
        case Sequence::Type::Generator: return "<generator object>";
        case Sequence::Type::Keys: out = "dict_keys(["; break;
        case Sequence::Type::Values: out = "dict_values(["; break;
        case Sequence::Type::Items: out = "dict_items(["; break;
    }
    append_items(out, sequence.items);
    return out + "])";
}

std::string repr(const Value& value) {
    charge_steps(1);
    switch (value.kind()) {
        case Value::Kind::Undefined: return "Undefined";
        case Value::Kind::String: return value.text().markup ? "Markup(" + string_repr(value.string()) + ")" : string_repr(value.string());
        case Value::Kind::Sequence: return sequence_repr(*value.sequence());
        case Value::Kind::Object: return value.object()->repr();
        case Value::Kind::Dict: {
            std::string out = "{";
            for (const auto& [key, item] : value.dict()->entries()) {
                if (out.size() > 1) out += ", ";
                out += repr(key) + ": " + repr(item);
                charge_text(out.size() / 64 + 1);
            }
            return out + "}";
        }
        default: return to_text(value).bytes();
    }
}

Text to_text(const Value& value) {
    switch (value.kind()) {
        case Value::Kind::Undefined: return {};
        case Value::Kind::None: return Text("None", true);
        case Value::Kind::Bool: return Text(value.integer() ? "True" : "False", value.trusted());
        case Value::Kind::Int: return Text(std::to_string(value.integer()), value.trusted());
        case Value::Kind::Float: return Text(float_repr(value.number()), value.trusted());
        case Value::Kind::String: return value.text();
        default: return Text(repr(value), false);
    }
}

}  // namespace dlgo::jinja
