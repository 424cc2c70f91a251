// Filters of lists and dicts.
#include <algorithm>
#include <cmath>

#include "core/text/jinja/arguments.h"
#include "core/text/jinja/filters.h"
#include "core/text/jinja/limits.h"
#include "core/text/jinja/python.h"
#include "core/text/jinja/strings.h"

namespace dlgo::jinja {

namespace {

Value generator(std::vector<Value> items) { return make_sequence(std::move(items), Sequence::Type::Generator); }
Value list(std::vector<Value> items) { return make_sequence(std::move(items)); }

Value ignore_case(const Value& value) { return value.is_string() ? Value(map_characters(value.text(), append_lower)) : value; }

// A path such as "function.name" or 0; `otherwise` replaces an undefined result.
Value attribute_of(Value value, const Value& path, const Value* otherwise = nullptr) {
    if (!path.is_string()) return get_item(value, path);
    for (const Text& part : split(path.text(), &static_cast<const Text&>(Text(".", true)), -1, false)) {
        const auto index = !part.empty() && part.bytes().find_first_not_of("0123456789") == std::string::npos ? parse_int(part.bytes(), 10) : std::nullopt;
        value = get_item(value, index ? Value(*index, true) : Value(part));
        if (otherwise && value.is_undefined()) value = *otherwise;
    }
    return value;
}

Value length_filter(const Value& value, Arguments&) {
    return Value(static_cast<int64_t>(length(value)), false);
}

Value join(const Value& value, Arguments& a) {
    const Parameters p("join", a, {"d", "attribute"});
    const Text separator = p.has(0) ? to_text(p[0]) : Text();
    Text out;
    bool first = true;
    for (const Value& item : iterate(value)) {
        const Text text = to_text(p.has(1) && !p[1].is_none() ? attribute_of(item, p[1]) : item);
        charge_text(text.size() + separator.size());
        if (!first) out.append(separator);
        out.append(text);
        first = false;
    }
    return out;
}

Value first(const Value& value, Arguments&) {
    if (value.is(Value::Kind::Sequence) && value.sequence()->type == Sequence::Type::Generator) {
        Sequence& s = *value.sequence();
        if (s.consumed < s.items.size()) return s.items[s.consumed++];
        return make_undefined("No first item, sequence was empty.");
    }
    const std::vector<Value> items = iterate(value);
    return items.empty() ? make_undefined("No first item, sequence was empty.") : items.front();
}

Value last(const Value& value, Arguments&) {
    if (value.is(Value::Kind::Sequence) && value.sequence()->type == Sequence::Type::Generator) type_error("'generator' object is not reversible");
    const std::vector<Value> items = iterate(value);
    return items.empty() ? make_undefined("No last item, sequence was empty.") : items.back();
}

Value extreme(const Value& value, const Parameters& p, bool largest) {
    const std::vector<Value> items = iterate(value);
    if (items.empty()) return make_undefined("No aggregated item, sequence was empty.");
    const auto key = [&](const Value& item) {
        const Value of = p.has(1) && !p[1].is_none() ? attribute_of(item, p[1]) : item;
        return p.flag(0) ? of : ignore_case(of);
    };
    const Value* best = &items[0];
    Value best_key = key(*best);
    for (size_t i = 1; i < items.size(); ++i) {
        Value k = key(items[i]);
        if (largest ? compare(">", k, best_key) : less(k, best_key)) {
            best = &items[i];
            best_key = std::move(k);
        }
    }
    return *best;
}

Value sum(const Value& value, Arguments& a) {
    const Parameters p("sum", a, {"attribute", "start"});
    Value out = p.get(1, Value(int64_t{0}, true));
    if (out.is_string()) type_error("sum() can't sum strings [use ''.join(seq) instead]");
    for (const Value& item : iterate(value)) out = add(out, p.has(0) && !p[0].is_none() ? attribute_of(item, p[0]) : item);
    return out;
}

// Stable, by keys that may have no order. A merge sort, because less() may throw.
void sort_by_keys(std::vector<Value>& items, std::vector<Value> keys, bool reverse) {
    std::vector<size_t> order(items.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](size_t x, size_t y) { return reverse ? less(keys[y], keys[x]) : less(keys[x], keys[y]); });
    std::vector<Value> out;
    for (const size_t i : order) out.push_back(std::move(items[i]));
    items = std::move(out);
}

Value sort(const Value& value, Arguments& a) {
    const Parameters p("sort", a, {"reverse", "case_sensitive", "attribute"});
    std::vector<Value> items = iterate(value), keys;
    std::vector<Value> paths;
    if (p.has(2) && !p[2].is_none()) {
        if (p[2].is_string()) {
            for (const Text& path : split(p.text(2), &static_cast<const Text&>(Text(",", true)), -1, false)) paths.emplace_back(path);
        } else {
            paths.push_back(p[2]);
        }
    }
    for (const Value& item : items) {
        std::vector<Value> key;
        if (paths.empty()) key.push_back(item);
        for (const Value& path : paths) key.push_back(attribute_of(item, path));
        if (!p.flag(1)) {
            for (Value& part : key) part = ignore_case(part);
        }
        keys.push_back(list(std::move(key)));  // lists: equal items are never asked for their order
    }
    sort_by_keys(items, std::move(keys), p.flag(0));
    return list(std::move(items));
}

Value dictsort(const Value& value, Arguments& a) {
    const Parameters p("dictsort", a, {"case_sensitive", "by", "reverse"});
    const std::string by = p.has(1) ? p.text(1).bytes() : "key";
    if (by != "key" && by != "value") runtime_error("You can only sort by either \"key\" or \"value\"");
    if (value.is_undefined()) runtime_error(*value.undefined().message);
    if (!value.is(Value::Kind::Dict)) throw RuntimeError("AttributeError: '" + type_name(value) + "' object has no attribute 'items'");
    std::vector<Value> items, keys;
    for (const auto& [key, item] : value.dict()->entries()) {
        items.push_back(make_sequence({key, item}, Sequence::Type::Tuple));
        keys.push_back(p.flag(0) ? (by == "key" ? key : item) : ignore_case(by == "key" ? key : item));
    }
    sort_by_keys(items, std::move(keys), p.flag(2));
    return list(std::move(items));
}

Value unique(const Value& value, Arguments& a) {
    const Parameters p("unique", a, {"case_sensitive", "attribute"});
    std::vector<Value> out;
    Dict seen;
    for (Value& item : iterate(value)) {
        const Value of = p.has(1) && !p[1].is_none() ? attribute_of(item, p[1]) : item;
        const Value key = p.flag(0) ? of : ignore_case(of);
        check_hashable(key);
        if (seen.find(key)) continue;
        seen.set(key, Value());
        out.push_back(std::move(item));
    }
    return generator(std::move(out));
}

Value groupby(const Value& value, Arguments& a) {
    const Parameters p("groupby", a, {"attribute", "default", "case_sensitive"});
    std::vector<Value> items = iterate(value), keys;
    const Value* otherwise = p.has(1) && !p[1].is_none() ? &p[1] : nullptr;
    const auto raw = [&](const Value& item) { return attribute_of(item, p[0], otherwise); };
    const auto key = [&](const Value& item) { return p.flag(2) ? raw(item) : ignore_case(raw(item)); };
    for (const Value& item : items) keys.push_back(key(item));
    sort_by_keys(items, std::move(keys), false);
    std::vector<Value> out;
    for (size_t i = 0; i < items.size();) {
        std::vector<Value> group;
        const Value name = key(items[i]), shown = raw(items[i]);
        for (; i < items.size() && equal(key(items[i]), name); ++i) group.push_back(items[i]);
        out.push_back(make_sequence({shown, list(std::move(group))}, Sequence::Type::Group));
    }
    return list(std::move(out));
}

Value items(const Value& value, Arguments&) {
    if (value.is_undefined()) return generator({});
    if (!value.is(Value::Kind::Dict)) type_error("Can only get item pairs from a mapping.");
    std::vector<Value> out;
    for (const auto& [key, item] : value.dict()->entries()) out.push_back(make_sequence({key, item}, Sequence::Type::Tuple));
    return generator(std::move(out));
}

Value reverse(const Value& value, Arguments&) {
    if (value.is_string()) {
        Text out;
        std::vector<Value> characters = iterate(value);
        for (auto c = characters.rbegin(); c != characters.rend(); ++c) out.append(c->text());
        return out;
    }
    std::vector<Value> out = iterate(value);
    std::reverse(out.begin(), out.end());
    return generator(std::move(out));
}

Value batch(const Value& value, Arguments& a) {
    const Parameters p("batch", a, {"linecount", "fill_with"});
    const int64_t n = p.integer(0);
    std::vector<Value> out, row;
    for (Value& item : iterate(value)) {
        if (static_cast<int64_t>(row.size()) == n) out.push_back(list(std::exchange(row, {})));
        row.push_back(std::move(item));
    }
    if (!row.empty()) {
        if (p.has(1) && !p[1].is_none()) {
            charge_text(static_cast<uint64_t>(std::max<int64_t>(0, n)) * sizeof(Value));
            while (static_cast<int64_t>(row.size()) < n) row.push_back(p[1]);
        }
        out.push_back(list(std::move(row)));
    }
    return generator(std::move(out));
}

Value slice(const Value& value, Arguments& a) {
    const Parameters p("slice", a, {"slices", "fill_with"});
    const int64_t slices = p.integer(0);
    const std::vector<Value> all = iterate(value);
    if (slices == 0) throw RuntimeError("ZeroDivisionError: integer division or modulo by zero");
    charge_steps(static_cast<uint64_t>(std::max<int64_t>(0, slices)));
    const auto n = static_cast<int64_t>(all.size());
    const int64_t each = n / std::max<int64_t>(1, slices), more = n % std::max<int64_t>(1, slices);
    std::vector<Value> out;
    size_t at = 0;
    for (int64_t i = 0; i < slices; ++i) {
        std::vector<Value> part;
        for (int64_t k = 0; k < each + (i < more); ++k) part.push_back(all[at++]);
        if (p.has(1) && !p[1].is_none() && i >= more) part.push_back(p[1]);
        out.push_back(list(std::move(part)));
    }
    return generator(std::move(out));
}

Value map(const Value& value, Arguments& a) {
    std::vector<Value> out;
    if (!value.truth()) return generator({});
    if (a.positional.empty() && !a.named.empty() && a.named[0].first == "attribute") {
        const Parameters p("map", a, {"attribute", "default"});
        for (const Value& item : iterate(value)) out.push_back(attribute_of(item, p[0], p.has(1) && !p[1].is_none() ? &p[1] : nullptr));
        return generator(std::move(out));
    }
    if (a.positional.empty()) runtime_error("map requires a filter argument");
    const std::string name = to_text(a.positional[0]).bytes();
    const FilterFunction filter = find_filter(name);
    if (!filter) runtime_error("No filter named '" + name + "'.");
    for (const Value& item : iterate(value)) {
        Arguments rest{{a.positional.begin() + 1, a.positional.end()}, a.named};
        out.push_back(filter(item, rest));
    }
    return generator(std::move(out));
}

// select, reject, selectattr, rejectattr.
Value choose(const Value& value, Arguments& a, bool by_attribute, bool wanted) {
    size_t used = 0;
    if (by_attribute && a.positional.empty()) runtime_error("Missing parameter for attribute name");
    const Value path = by_attribute ? a.positional[used++] : Value();
    TestFunction test = nullptr;
    if (used < a.positional.size()) {
        const std::string name = to_text(a.positional[used++]).bytes();
        test = find_test(name);
        if (!test) runtime_error("No test named '" + name + "'.");
    }
    std::vector<Value> out;
    if (!value.truth()) return generator({});
    for (Value& item : iterate(value)) {
        const Value of = by_attribute ? attribute_of(item, path) : item;
        Arguments rest{{a.positional.begin() + static_cast<std::ptrdiff_t>(used), a.positional.end()}, a.named};
        if ((test ? test(of, rest) : of.truth()) == wanted) out.push_back(std::move(item));
    }
    return generator(std::move(out));
}

}  // namespace

std::vector<FilterEntry> list_filters() {
    return {
        {"length", length_filter},
        {"count", length_filter},
        {"join", join},
        {"first", first},
        {"last", last},
        {"min", [](const Value& v, Arguments& a) { return extreme(v, Parameters("min", a, {"case_sensitive", "attribute"}), false); }},
        {"max", [](const Value& v, Arguments& a) { return extreme(v, Parameters("max", a, {"case_sensitive", "attribute"}), true); }},
        {"sum", sum},
        {"sort", sort},
        {"dictsort", dictsort},
        {"unique", unique},
        {"groupby", groupby},
        {"items", items},
        {"list", [](const Value& v, Arguments&) { return list(iterate(v)); }},
        {"reverse", reverse},
        {"batch", batch},
        {"slice", slice},
        {"map", map},
        {"select", [](const Value& v, Arguments& a) { return choose(v, a, false, true); }},
        {"reject", [](const Value& v, Arguments& a) { return choose(v, a, false, false); }},
        {"selectattr", [](const Value& v, Arguments& a) { return choose(v, a, true, true); }},
        {"rejectattr", [](const Value& v, Arguments& a) { return choose(v, a, true, false); }},
    };
}

}  // namespace dlgo::jinja
