// "%s" % x and "{}".format(x).
#include <algorithm>
#include <cmath>

#include "core/base/error.h"
#include "core/text/jinja/error.h"
#include "core/text/jinja/filters.h"
#include "core/text/jinja/limits.h"
#include "core/text/jinja/python.h"
#include "core/text/jinja/strings.h"

namespace dlgo::jinja {

namespace {

constexpr int64_t kMaxWidth = 1 << 20;

struct Spec {
    std::string fill = " ";
    char align = 0, sign = '-', type = 0, grouping = 0;
    bool alternate = false, zero = false;
    int64_t width = 0, precision = -1;
};

int64_t digits(std::string_view text, size_t& at) {
    int64_t n = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) n = std::min(kMaxWidth + 1, n * 10 + (text[at] - '0'));
    if (n > kMaxWidth) throw LimitExceeded("a width is larger than " + std::to_string(kMaxWidth));
    return n;
}

std::string group_thousands(std::string number, char separator) {
    const size_t end = std::min(number.find_first_not_of("0123456789"), number.size());
    for (size_t at = end; at > 3; at -= 3) number.insert(at - 3, 1, separator);
    return number;
}

std::string in_base(uint64_t value, unsigned base, bool upper) {
    const std::string_view digit = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    std::string out;
    do out.insert(out.begin(), digit[value % base]);
    while (value /= base);
    return out;
}

// Sign, prefix and digits of a number.
struct NumberText {
    std::string sign, body;
};

NumberText integer_text(int64_t value, const Spec& spec) {
    const uint64_t size = value < 0 ? 0 - static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
    NumberText out{value < 0 ? "-" : spec.sign == '-' ? "" : std::string(1, spec.sign), {}};
    const unsigned base = spec.type == 'x' || spec.type == 'X' ? 16 : spec.type == 'o' ? 8 : spec.type == 'b' ? 2 : 10;
    out.body = in_base(size, base, spec.type == 'X');
    if (spec.alternate && base != 10) out.sign += std::string("0") + spec.type;
    if (spec.grouping) out.body = group_thousands(std::move(out.body), spec.grouping);
    return out;
}

NumberText float_text(double value, const Spec& spec) {
    NumberText out{std::signbit(value) && !std::isnan(value) ? "-" : spec.sign == '-' ? "" : std::string(1, spec.sign), {}};
    const double size = std::fabs(value);
    const char type = spec.type == '%' ? 'f' : spec.type ? spec.type : 'g';
    if (!std::isfinite(value)) {
        const bool upper = type == 'E' || type == 'F' || type == 'G';
        out.body = std::isnan(value) ? (upper ? "NAN" : "nan") : upper ? "INF" : "inf";
    } else if (!spec.type && spec.precision < 0) {
        out.body = float_repr(size);
    } else {
        const std::string format = std::string(spec.alternate ? "%#.*" : "%.*") + type;
        const int precision = spec.precision < 0 ? 6 : static_cast<int>(std::min<int64_t>(spec.precision, 5000));
        std::string text(static_cast<size_t>(precision) + 400, '\0');
        text.resize(static_cast<size_t>(std::snprintf(text.data(), text.size(), format.c_str(), precision, spec.type == '%' ? size * 100 : size)));
        out.body = std::move(text);
        if (!spec.type && out.body.find_first_of(".e") == std::string::npos) out.body += ".0";
    }
    if (spec.grouping) out.body = group_thousands(std::move(out.body), spec.grouping);
    if (spec.type == '%') out.body += '%';
    return out;
}

Text padded(const Text& text, const Spec& spec, char align) {
    return justify(text, spec.width, Text(spec.fill, true), align == '<' ? -1 : align == '>' ? 1 : 0);
}

Text number_padded(const NumberText& number, const Spec& spec, bool trusted) {
    Text out(number.sign + number.body, trusted);
    if (spec.zero || spec.align == '=') {
        const int64_t missing = spec.width - static_cast<int64_t>(number.sign.size() + number.body.size());
        const std::string fill = spec.zero && spec.fill == " " ? "0" : spec.fill;
        std::string zeros;
        for (int64_t i = 0; i < missing; ++i) zeros += fill;
        return Text(number.sign + zeros + number.body, trusted);
    }
    if (spec.align != '^') return padded(out, spec, spec.align ? spec.align : '>');
    // Python puts the smaller half in front.
    const int64_t missing = std::max<int64_t>(0, spec.width - static_cast<int64_t>(out.size()));
    Text result;
    for (int64_t i = 0; i < missing / 2; ++i) result.append(spec.fill, true);
    result.append(out);
    for (int64_t i = missing / 2; i < missing; ++i) result.append(spec.fill, true);
    return result;
}

Text limited(const Text& text, int64_t precision) {
    return precision < 0 ? text : text.substr(0, offset_of(text.bytes(), static_cast<size_t>(precision)));
}

// ---- "%s" % x

class PercentFormatter {
public:
    PercentFormatter(const Text& format, const Value& arguments) : format_(format), bytes_(format.bytes()), arguments_(arguments) {
        if (arguments.is(Value::Kind::Sequence) && arguments.sequence()->is_tuple()) tuple_ = arguments.sequence().get();
    }
    Text run();

private:
    const Value& next();
    const Value& named();
    void conversion(Text& out);

    const Text& format_;
    const std::string& bytes_;
    const Value& arguments_;
    const Sequence* tuple_ = nullptr;
    size_t at_ = 0, used_ = 0;
};

const Value& PercentFormatter::next() {
    if (tuple_ ? used_ >= tuple_->items.size() : used_ > 0) type_error("not enough arguments for format string");
    return tuple_ ? tuple_->items[used_++] : (++used_, arguments_);
}

const Value& PercentFormatter::named() {
    const size_t end = bytes_.find(')', at_);
    if (end == std::string::npos) value_error("incomplete format key");
    if (!arguments_.is(Value::Kind::Dict)) type_error("format requires a mapping");
    const std::string key = bytes_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    const Value* found = arguments_.dict()->find(std::string_view(key));
    if (!found) throw RuntimeError("KeyError: " + string_repr(key));
    return *found;
}

void PercentFormatter::conversion(Text& out) {
    Spec spec;
    const Value* value = at_ < bytes_.size() && bytes_[at_] == '(' ? &named() : nullptr;
    for (; at_ < bytes_.size(); ++at_) {
        const char c = bytes_[at_];
        if (c == '-') spec.align = '<';
        else if (c == '0') spec.zero = true;
        else if (c == '#') spec.alternate = true;
        else if (c == '+') spec.sign = '+';
        else if (c == ' ') spec.sign = spec.sign == '+' ? '+' : ' ';
        else break;
    }
    const auto star = [&] {
        const Value& n = next();
        if (!n.is_integer()) type_error("* wants int");
        ++at_;
        if (n.integer() > kMaxWidth || n.integer() < -kMaxWidth) throw LimitExceeded("a width is larger than " + std::to_string(kMaxWidth));
        return n.integer();
    };
    spec.width = at_ < bytes_.size() && bytes_[at_] == '*' ? star() : digits(bytes_, at_);
    if (spec.width < 0) {
        spec.align = '<';
        spec.width = -spec.width;
    }
    if (at_ < bytes_.size() && bytes_[at_] == '.') {
        ++at_;
        spec.precision = at_ < bytes_.size() && bytes_[at_] == '*' ? std::max<int64_t>(0, star()) : digits(bytes_, at_);
    }
    while (at_ < bytes_.size() && (bytes_[at_] == 'l' || bytes_[at_] == 'h' || bytes_[at_] == 'L')) ++at_;
    if (at_ >= bytes_.size()) value_error("incomplete format");
    spec.type = bytes_[at_++];
    if (spec.type == '%') return out.append("%", format_.trusted_at(at_ - 1));
    if (!value) value = &next();
    if (spec.align == '<') spec.zero = false;
    switch (spec.type) {
        case 's':
        case 'r':
        case 'a': {
            const Text text = spec.type == 's' ? to_text(*value) : Text(repr(*value), value->trusted());
            return out.append(padded(limited(text, spec.precision), spec, spec.align ? spec.align : '>'));
        }
        case 'c': {
            if (value->is_string() && count_characters(value->string()) == 1) return out.append(padded(value->text(), spec, spec.align ? spec.align : '>'));
            type_error("%c requires int or char");
        }
        case 'd': case 'i': case 'u': case 'x': case 'X': case 'o': {
            if (value->is_undefined()) runtime_error(*value->undefined().message);
            const bool decimal = spec.type == 'd' || spec.type == 'i' || spec.type == 'u';
            if (!value->is_integer() && !(decimal && value->is_number())) {
                type_error(std::string("%") + spec.type + " format: " + (decimal ? "a real number" : "an integer") + " is required, not " + type_name(*value));
            }
            const double number = value->number();
            if (!value->is_integer() && !(std::fabs(number) < 9.2e18)) throw RuntimeError("OverflowError: cannot convert float to integer");
            NumberText text = integer_text(value->is_integer() ? value->integer() : static_cast<int64_t>(number), spec);
            while (static_cast<int64_t>(text.body.size()) < spec.precision) text.body.insert(text.body.begin(), '0');
            return out.append(number_padded(text, spec, value->trusted()));
        }
        case 'e': case 'E': case 'f': case 'F': case 'g': case 'G':
            if (value->is_undefined()) runtime_error(*value->undefined().message);
            if (!value->is_number()) type_error("must be real number, not " + type_name(*value));
            return out.append(number_padded(float_text(value->number(), spec), spec, value->trusted()));
        default: value_error("unsupported format character '" + std::string(1, spec.type) + "' at index " + std::to_string(at_ - 1));
    }
}

Text PercentFormatter::run() {
    Text out;
    out.markup = format_.markup;
    while (at_ < bytes_.size()) {
        const size_t percent = std::min(bytes_.find('%', at_), bytes_.size());
        out.append(format_, at_, percent);
        at_ = percent + 1;
        if (percent < bytes_.size()) conversion(out);
        charge_text(out.size() / 64);
    }
    const bool all = tuple_ ? used_ == tuple_->items.size() : used_ > 0 || arguments_.is(Value::Kind::Dict) || arguments_.is(Value::Kind::Sequence);
    if (!all) type_error("not all arguments converted during string formatting");
    return out;
}

// ---- "{}".format(x)

Text format_value(const Value& value, std::string_view text) {
    if (text.empty()) return to_text(value);
    Spec spec;
    size_t at = 0;
    const auto is_align = [](char c) { return c == '<' || c == '>' || c == '^' || c == '='; };
    const size_t first = character_at(text, 0).bytes;
    if (first < text.size() && is_align(text[first])) {
        spec.fill = text.substr(0, first);
        spec.align = text[first];
        at = first + 1;
    } else if (is_align(text[0])) {
        spec.align = text[at++];
    }
    if (at < text.size() && (text[at] == '+' || text[at] == '-' || text[at] == ' ')) spec.sign = text[at++];
    if (at < text.size() && text[at] == '#') spec.alternate = ++at > 0;
    if (at < text.size() && text[at] == '0') {
        spec.zero = !spec.align;
        if (spec.align && spec.fill == " ") spec.fill = "0";
        ++at;
    }
    spec.width = digits(text, at);
    if (at < text.size() && (text[at] == ',' || text[at] == '_')) spec.grouping = text[at++];
    if (at < text.size() && text[at] == '.') {
        ++at;
        spec.precision = digits(text, at);
    }
    if (at < text.size()) spec.type = text[at++];
    if (at < text.size()) value_error("Invalid format specifier");
    const auto unknown = [&]() -> Text {
        value_error("Unknown format code '" + std::string(1, spec.type) + "' for object of type '" + type_name(value) + "'");
    };
    if (value.is_string()) {
        if (spec.type && spec.type != 's') return unknown();
        if (spec.align == '=') value_error("'=' alignment not allowed in string format specifier");
        if (spec.zero) spec.fill = "0";
        if (spec.align != '^') return padded(limited(value.text(), spec.precision), spec, spec.align ? spec.align : '<');
        const Text shown = limited(value.text(), spec.precision);
        const int64_t missing = std::max<int64_t>(0, spec.width - static_cast<int64_t>(count_characters(shown.bytes())));
        Text out;
        for (int64_t i = 0; i < missing / 2; ++i) out.append(spec.fill, true);
        out.append(shown);
        for (int64_t i = missing / 2; i < missing; ++i) out.append(spec.fill, true);
        return out;
    }
    if (!value.is_number()) type_error("unsupported format string passed to " + type_name(value) + ".__format__");
    const bool float_type = spec.type == 'e' || spec.type == 'E' || spec.type == 'f' || spec.type == 'F' || spec.type == 'g' || spec.type == 'G' || spec.type == '%';
    const bool int_type = !spec.type || spec.type == 'd' || spec.type == 'x' || spec.type == 'X' || spec.type == 'o' || spec.type == 'b';
    if (value.is(Value::Kind::Float) || float_type) {
        if (spec.type && !float_type) return unknown();
        return number_padded(float_text(value.number(), spec), spec, value.trusted());
    }
    if (!int_type) return unknown();
    if (spec.precision >= 0) value_error("Precision not allowed in integer format specifier");
    return number_padded(integer_text(value.integer(), spec), spec, value.trusted());
}

class BraceFormatter {
public:
    explicit BraceFormatter(Arguments& arguments) : arguments_(arguments) {}
    Text run(const Text& format, int depth);

private:
    Value field(std::string_view name);

    Arguments& arguments_;
    size_t automatic_ = 0;
};

Value BraceFormatter::field(std::string_view name) {
    const size_t end = std::min(name.find_first_of(".["), name.size());
    const std::string_view first = name.substr(0, end);
    Value value;
    const bool numeric = !first.empty() && first.find_first_not_of("0123456789") == std::string_view::npos;
    if (first.empty() || numeric) {
        const size_t index = first.empty() ? automatic_++ : static_cast<size_t>(parse_int(first, 10).value_or(INT64_MAX));
        if (index >= arguments_.positional.size()) throw RuntimeError("IndexError: Replacement index " + std::to_string(index) + " out of range for positional args tuple");
        value = arguments_.positional[index];
    } else {
        const auto found = std::find_if(arguments_.named.begin(), arguments_.named.end(), [&](const auto& n) { return n.first == first; });
        if (found == arguments_.named.end()) throw RuntimeError("KeyError: " + string_repr(first));
        value = found->second;
    }
    for (size_t at = end; at < name.size();) {
        if (name[at] == '.') {
            const size_t stop = std::min(name.find_first_of(".[", at + 1), name.size());
            value = get_attribute(value, name.substr(at + 1, stop - at - 1));
            at = stop;
        } else {
            const size_t stop = name.find(']', at);
            if (name[at] != '[' || stop == std::string_view::npos) value_error("Missing ']' in format string");
            const std::string_view key = name.substr(at + 1, stop - at - 1);
            const auto index = !key.empty() && key.find_first_not_of("0123456789") == std::string_view::npos ? parse_int(key, 10) : std::nullopt;
            value = get_item(value, index ? Value(*index, true) : Value(std::string(key), true));
            at = stop + 1;
        }
    }
    return value;
}

Text BraceFormatter::run(const Text& format, int depth) {
    if (depth > 1) value_error("Max string recursion exceeded");
    const std::string& bytes = format.bytes();
    Text out;
    for (size_t at = 0; at < bytes.size();) {
        const size_t brace = std::min(bytes.find_first_of("{}", at), bytes.size());
        out.append(format, at, brace);
        charge_text(out.size() / 64);
        if (brace == bytes.size()) break;
        if (brace + 1 < bytes.size() && bytes[brace + 1] == bytes[brace]) {
            out.append(format, brace, brace + 1);
            at = brace + 2;
            continue;
        }
        if (bytes[brace] == '}') value_error("Single '}' encountered in format string");
        size_t end = brace + 1;
        for (int level = 1; end < bytes.size(); ++end) {
            level += bytes[end] == '{' ? 1 : bytes[end] == '}' ? -1 : 0;
            if (level == 0) break;
        }
        if (end >= bytes.size()) value_error("expected '}' before end of string");
        const std::string_view inner = std::string_view(bytes).substr(brace + 1, end - brace - 1);
        const size_t name_end = std::min(inner.find_first_of("!:"), inner.size());
        Value value = field(inner.substr(0, name_end));
        size_t spec_at = name_end;
        if (spec_at < inner.size() && inner[spec_at] == '!') {
            const char conversion = spec_at + 1 < inner.size() ? inner[spec_at + 1] : '\0';
            if (conversion == 'r' || conversion == 'a') {
                value = Value(repr(value), value.trusted());
            } else if (conversion == 's') {
                value = Value(to_text(value));
            } else {
                value_error("Unknown conversion specifier");
            }
            spec_at += 2;
        }
        Text spec;
        if (spec_at < inner.size()) spec = run(format.substr(brace + 2 + spec_at, end), depth + 1);
        out.append(format_value(value, spec.bytes()));
        at = end + 1;
    }
    return out;
}

}  // namespace

Text format_percent(const Text& format, const Value& arguments) { return PercentFormatter(format, arguments).run(); }

Text format_braces(const Text& format, Arguments& arguments) {
    Text out = BraceFormatter(arguments).run(format, 0);
    out.markup = format.markup;
    return out;
}

}  // namespace dlgo::jinja
