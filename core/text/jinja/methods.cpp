// Methods of strings, lists and dicts.
#include <algorithm>
#include <cmath>

#include "core/text/jinja/arguments.h"
#include "core/text/jinja/filters.h"
#include "core/text/jinja/limits.h"
#include "core/text/jinja/python.h"
#include "core/text/jinja/strings.h"

namespace dlgo::jinja {

namespace {

using StringMethod = Value (*)(const Text& self, Arguments& arguments);

Value boolean(const Text& self, bool value) { return Value(value, self.trusted()); }
Value number(const Text& self, size_t n) { return Value(static_cast<int64_t>(n), self.trusted()); }

template <bool left, bool right>
Value strip_method(const Text& self, Arguments& a) {
    const Parameters p("strip", a, {"chars"});
    if (!p.has(0) || p[0].is_none()) return strip(self, std::nullopt, left, right);
    return strip(self, p.text(0).bytes(), left, right);
}

Value texts(std::vector<Text> parts, bool markup, Sequence::Type type = Sequence::Type::List) {
    std::vector<Value> out;
    for (Text& part : parts) {
        part.markup = markup;
        out.emplace_back(std::move(part));
    }
    return make_sequence(std::move(out), type);
}

template <bool from_right>
Value split_method(const Text& self, Arguments& a) {
    const Parameters p("split", a, {"sep", "maxsplit"});
    const bool space = !p.has(0) || p[0].is_none();
    if (!space && p.text(0).empty()) value_error("empty separator");
    return texts(split(self, space ? nullptr : &p.text(0), p.integer(1, -1), from_right), self.markup);
}

template <bool from_right>
Value partition_method(const Text& self, Arguments& a) {
    const Parameters p("partition", a, {"sep"});
    if (p.text(0).empty()) value_error("empty separator");
    std::vector<Text> parts = split(self, &p.text(0), 1, from_right);
    if (parts.size() == 2) {
        parts.insert(parts.begin() + 1, p.text(0));
    } else {
        parts.insert(from_right ? parts.begin() : parts.end(), 2, Text());
    }
    return texts(std::move(parts), self.markup, Sequence::Type::Tuple);
}

// [begin, end) in bytes, of bounds that count characters.
std::pair<size_t, size_t> bounds(const Text& self, const Parameters& p, size_t first) {
    const auto n = static_cast<int64_t>(count_characters(self.bytes()));
    const auto offset = [&](size_t i, int64_t otherwise) {
        int64_t at = p.has(i) && !p[i].is_none() ? p.integer(i) : otherwise;
        if (at < 0) at = std::max<int64_t>(0, at + n);
        return at > n ? std::string::npos : offset_of(self.bytes(), static_cast<size_t>(at));
    };
    return {offset(first, 0), std::min(offset(first + 1, n), self.size())};
}

template <bool at_end>
Value has_affix(const Text& self, Arguments& a) {
    const Parameters p(at_end ? "endswith" : "startswith", a, {"prefix", "start", "end"});
    const auto [begin, end] = bounds(self, p, 1);
    const auto test = [&, begin = begin, end = end](const Value& affix) {
        if (!affix.is_string()) {
            if (affix.is_undefined()) runtime_error(*affix.undefined().message);
            type_error(std::string(at_end ? "endswith" : "startswith") + " first arg must be str or a tuple of str, not " + type_name(affix));
        }
        if (begin == std::string::npos || begin > end) return false;
        const auto part = std::string_view(self.bytes()).substr(begin, end - begin);
        return at_end ? part.ends_with(affix.string()) : part.starts_with(affix.string());
    };
    if (!p[0].is(Value::Kind::Sequence) || !p[0].sequence()->is_tuple()) return boolean(self, test(p[0]));
    const auto& all = p[0].sequence()->items;
    return boolean(self, std::any_of(all.begin(), all.end(), test));
}

template <bool last, bool required>
Value find_method_of(const Text& self, Arguments& a) {
    const Parameters p("find", a, {"sub", "start", "end"});
    const auto [begin, end] = bounds(self, p, 1);
    size_t found = std::string::npos;
    if (begin != std::string::npos && begin <= end) {
        const auto part = std::string_view(self.bytes()).substr(0, end);
        found = last ? part.rfind(p.text(0).bytes()) : find_bytes(part, p.text(0).bytes(), begin);
        if (last && found != std::string::npos && found < begin) found = std::string::npos;
    }
    if (found != std::string::npos) return number(self, count_characters(std::string_view(self.bytes()).substr(0, found)));
    if (required) value_error("substring not found");
    return Value(int64_t{-1}, self.trusted());
}

Value count_method(const Text& self, Arguments& a) {
    const Parameters p("count", a, {"sub", "start", "end"});
    const auto [begin, end] = bounds(self, p, 1);
    if (begin == std::string::npos || begin > end) return number(self, 0);
    const Text part = self.substr(begin, end);
    if (p.text(0).empty()) return number(self, count_characters(part.bytes()) + 1);
    return number(self, split(part, &p.text(0), -1, false).size() - 1);
}

Value replace_method(const Text& self, Arguments& a) {
    const Parameters p("replace", a, {"old", "new", "count"});
    const Text& to = p.text(1);
    return replace(self, p.text(0), self.markup && !to.markup ? escape_html(to) : to, p.integer(2, -1));
}

Value join_method(const Text& self, Arguments& a) {
    const Parameters p("join", a, {"iterable"});
    Text out;
    size_t i = 0;
    for (const Value& item : iterate(p[0])) {
        if (i > 0) out.append(self);
        if (item.is_undefined()) runtime_error(*item.undefined().message);
        if (!item.is_string()) {
            if (self.markup) {
                out.append(escape_html(to_text(item)));
                ++i;
                continue;
            }
            type_error("sequence item " + std::to_string(i) + ": expected str instance, " + type_name(item) + " found");
        }
        out.append(self.markup && !item.text().markup ? escape_html(item.text()) : item.text());
        charge_text(self.size());
        ++i;
    }
    out.markup = self.markup;
    return out;
}

template <bool (*has)(uint32_t)>
Value all_are(const Text& self, Arguments& a) {
    Parameters("isalpha", a, {});
    for (size_t at = 0; at < self.size();) {
        const Character c = character_at(self.bytes(), at);
        if (!has(c.code)) return boolean(self, false);
        at += c.bytes;
    }
    return boolean(self, !self.empty());
}

template <bool upper>
Value is_case(const Text& self, Arguments& a) {
    Arguments none;
    return boolean(self, find_test(upper ? "upper" : "lower")(Value(self), none));
}

template <int where>
Value justify_method(const Text& self, Arguments& a) {
    const Parameters p("center", a, {"width", "fillchar"});
    const Text fill = p.has(1) ? p.text(1) : Text(" ", true);
    if (count_characters(fill.bytes()) != 1) type_error("The fill character must be exactly one character long");
    return justify(self, p.integer(0), fill, where);
}

template <bool at_end>
Value remove_affix(const Text& self, Arguments& a) {
    const Parameters p("removeprefix", a, {"prefix"});
    const std::string& affix = p.text(0).bytes();
    if (at_end) return self.bytes().ends_with(affix) ? self.substr(0, self.size() - affix.size()) : self;
    return self.bytes().starts_with(affix) ? self.substr(affix.size(), self.size()) : self;
}

struct Entry {
    std::string_view name;
    StringMethod method;
};

constexpr Entry kStringMethods[] = {
    {"strip", strip_method<true, true>},
    {"lstrip", strip_method<true, false>},
    {"rstrip", strip_method<false, true>},
    {"split", split_method<false>},
    {"rsplit", split_method<true>},
    {"partition", partition_method<false>},
    {"rpartition", partition_method<true>},
    {"splitlines", [](const Text& self, Arguments& a) { return texts(split_lines(self, Parameters("splitlines", a, {"keepends"}).flag(0)), self.markup); }},
    {"startswith", has_affix<false>},
    {"endswith", has_affix<true>},
    {"removeprefix", remove_affix<false>},
    {"removesuffix", remove_affix<true>},
    {"find", find_method_of<false, false>},
    {"rfind", find_method_of<true, false>},
    {"index", find_method_of<false, true>},
    {"rindex", find_method_of<true, true>},
    {"count", count_method},
    {"replace", replace_method},
    {"join", join_method},
    {"upper", [](const Text& self, Arguments&) { return Value(map_characters(self, append_upper)); }},
    {"lower", [](const Text& self, Arguments&) { return Value(map_characters(self, append_lower)); }},
    {"casefold", [](const Text& self, Arguments&) { return Value(map_characters(self, append_lower)); }},
    {"title", [](const Text& self, Arguments&) { return Value(title(self)); }},
    {"capitalize", [](const Text& self, Arguments&) { return Value(capitalize(self)); }},
    {"swapcase", [](const Text& self, Arguments&) { return Value(swap_case(self)); }},
    {"isalpha", all_are<is_alpha>},
    {"isdigit", all_are<is_digit>},
    {"isdecimal", all_are<is_decimal>},
    {"isnumeric", all_are<is_numeric>},
    {"isalnum", all_are<is_alnum>},
    {"isspace", all_are<is_space>},
    {"isupper", is_case<true>},
    {"islower", is_case<false>},
    {"istitle", [](const Text& self, Arguments&) {
         const Text titled = title(self);
         return boolean(self, titled.bytes() == self.bytes() && map_characters(self, append_lower).bytes() != map_characters(self, append_upper).bytes());
     }},
    {"isascii", [](const Text& self, Arguments&) {
         return boolean(self, std::all_of(self.bytes().begin(), self.bytes().end(), [](char c) { return static_cast<uint8_t>(c) < 0x80; }));
     }},
    {"center", justify_method<0>},
    {"ljust", justify_method<-1>},
    {"rjust", justify_method<1>},
    {"zfill", [](const Text& self, Arguments& a) { return Value(zero_fill(self, Parameters("zfill", a, {"width"}).integer(0))); }},
    {"expandtabs", [](const Text& self, Arguments& a) { return Value(expand_tabs(self, Parameters("expandtabs", a, {"tabsize"}).integer(0, 8))); }},
    {"format", [](const Text& self, Arguments& a) { return Value(format_braces(self, a)); }},
};

Value unsafe(const Value& object, std::string_view name) {
    return make_undefined("access to attribute '" + std::string(name) + "' of '" + type_name(object) + "' object is unsafe.");
}

bool one_of(std::string_view name, std::initializer_list<std::string_view> names) { return std::find(names.begin(), names.end(), name) != names.end(); }

Value pop(Sequence& list, const Arguments& a) {
    const Parameters p("pop", a, {"index"});
    const auto n = static_cast<int64_t>(list.items.size());
    int64_t at = p.integer(0, -1);
    if (n == 0) throw RuntimeError("IndexError: pop from empty list");
    if (at < 0) at += n;
    if (at < 0 || at >= n) throw RuntimeError("IndexError: pop index out of range");
    Value out = list.items[static_cast<size_t>(at)];
    list.items.erase(list.items.begin() + at);
    return out;
}

std::optional<Value> list_method(const Value& self, std::string_view name) {
    const bool list = self.sequence()->is_list();
    if (!list && !self.sequence()->is_tuple()) return std::nullopt;
    // The sandbox of jinja2 3.1.2 forbids these, but not pop and clear.
    if (list && one_of(name, {"append", "reverse", "insert", "sort", "extend", "remove"})) return unsafe(self, name);
    if (list && name == "pop") return make_method(self, name, [self](Arguments a) { return pop(*self.sequence(), a); });
    if (list && name == "clear") {
        return make_method(self, name, [self](Arguments) {
            self.sequence()->items.clear();
            return Value();
        });
    }
    if (list && name == "copy") {
        return make_method(self, name, [self](Arguments) { return make_sequence(self.sequence()->items); });
    }
    if (name == "count" || name == "index") {
        return make_method(self, name, [self, counting = name == "count"](Arguments a) {
            const Parameters p(counting ? "count" : "index", a, {"value"});
            const auto& items = self.sequence()->items;
            const auto same = [&](const Value& item) { return equal(item, p[0]); };
            if (counting) return Value(static_cast<int64_t>(std::count_if(items.begin(), items.end(), same)), false);
            const auto at = std::find_if(items.begin(), items.end(), same);
            if (at == items.end()) value_error(repr(p[0]) + " is not in list");
            return Value(static_cast<int64_t>(at - items.begin()), false);
        });
    }
    return std::nullopt;
}

Value view(const Dict& dict, Sequence::Type type) {
    std::vector<Value> out;
    for (const auto& [key, value] : dict.entries()) {
        if (type == Sequence::Type::Items) {
            out.push_back(make_sequence({key, value}, Sequence::Type::Tuple));
        } else {
            out.push_back(type == Sequence::Type::Keys ? key : value);
        }
    }
    return make_sequence(std::move(out), type);
}

std::optional<Value> dict_method(const Value& self, std::string_view name) {
    if (one_of(name, {"clear", "pop", "popitem", "setdefault", "update"})) return unsafe(self, name);
    if (name == "copy") {
        return make_method(self, name, [self](Arguments) { return Value(std::make_shared<Dict>(*self.dict())); });
    }
    if (name == "get") {
        return make_method(self, name, [self](Arguments a) {
            const Parameters p("get", a, {"key", "default"});
            check_hashable(p[0]);
            const Value* found = self.dict()->find(p[0]);
            return found ? *found : p.get(1, Value());
        });
    }
    const auto type = name == "items" ? Sequence::Type::Items : name == "keys" ? Sequence::Type::Keys : Sequence::Type::Values;
    if (type == Sequence::Type::Values && name != "values") return std::nullopt;
    return make_method(self, name, [self, type, called = std::string(name)](Arguments a) {
        Parameters(called, a, {});
        return view(*self.dict(), type);
    });
}

}  // namespace

std::optional<Value> find_method(const Value& object, std::string_view name) {
    if (object.is(Value::Kind::Sequence)) return list_method(object, name);
    if (object.is(Value::Kind::Dict)) return dict_method(object, name);
    if (object.is(Value::Kind::Float) && name == "is_integer") {
        return make_method(object, name, [object](Arguments) {
            const double value = object.number();
            return Value(std::isfinite(value) && value == std::floor(value), object.trusted());
        });
    }
    if (!object.is_string()) return std::nullopt;
    for (const Entry& entry : kStringMethods) {
        if (entry.name == name) {
            return make_method(object, name, [object, method = entry.method](Arguments a) { return method(object.text(), a); });
        }
    }
    return std::nullopt;
}

}  // namespace dlgo::jinja
