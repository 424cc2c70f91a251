#include "core/text/jinja/loop.h"

#include "core/text/jinja/arguments.h"
#include "core/text/jinja/error.h"
#include "core/text/jinja/limits.h"
#include "core/text/jinja/python.h"

namespace dlgo::jinja {

static Value count(size_t n) { return Value(static_cast<int64_t>(n), true); }

Value LoopContext::call(Arguments arguments) {
    if (!recurse) type_error("The loop must have the 'recursive' marker to be called recursively.");
    const Parameters p("loop", arguments, {"iterable"});
    return recurse(p[0]);
}

void LoopContext::clear() {
    items.clear();
    recurse = nullptr;
    last_changed.reset();
}

const Value* LoopContext::attribute(std::string_view name, Value& out) {
    const auto self = [this] { return this; };
    if (name == "index") {
        out = count(index + 1);
    } else if (name == "index0") {
        out = count(index);
    } else if (name == "revindex") {
        out = count(items.size() - index);
    } else if (name == "revindex0") {
        out = count(items.size() - index - 1);
    } else if (name == "first") {
        out = Value(index == 0, true);
    } else if (name == "last") {
        out = Value(index + 1 >= items.size(), true);
    } else if (name == "length") {
        out = Value(static_cast<int64_t>(items.size()), false);
    } else if (name == "depth") {
        out = count(depth + 1);
    } else if (name == "depth0") {
        out = count(depth);
    } else if (name == "previtem") {
        out = index > 0 ? items[index - 1] : make_undefined("there is no previous item");
    } else if (name == "nextitem") {
        out = index + 1 < items.size() ? items[index + 1] : make_undefined("there is no next item");
    } else if (name == "cycle") {
        out = make_function("cycle", [loop = self()](Arguments a) {
            if (a.positional.empty()) type_error("no items for cycling given");
            return a.positional[loop->index % a.positional.size()];
        }, true);
    } else if (name == "changed") {
        out = make_function("changed", [loop = self()](Arguments a) {
            const Value now = make_sequence(std::move(a.positional), Sequence::Type::Tuple);
            const bool changed = !loop->last_changed || !equal(*loop->last_changed, now);
            loop->last_changed = std::make_shared<Value>(now);
            return Value(changed, true);
        }, true);
    } else {
        return nullptr;
    }
    return &out;
}

std::string Namespace::repr() const {
    charge_steps(1);
    return "<Namespace>";
}

const Value* Namespace::attribute(std::string_view name, Value&) {
    const auto found = values.find(name);
    return found == values.end() ? nullptr : &found->second;
}

void Namespace::set(const std::string& name, Value value) { values.insert_or_assign(name, std::move(value)); }

const Value* Cycler::attribute(std::string_view name, Value& out) {
    if (items.empty()) return nullptr;
    if (name == "current") {
        out = items[at];
    } else if (name == "next" || name == "reset") {
        const bool next = name == "next";
        out = make_function(std::string(name), [cycler = this, next](Arguments) {
            const Value current = next ? cycler->items[cycler->at] : Value();
            cycler->at = next ? (cycler->at + 1) % cycler->items.size() : 0;
            return current;
        }, true);
    } else {
        return nullptr;
    }
    return &out;
}

Value Joiner::call(Arguments) {
    if (used) return separator;
    used = true;
    return Value(Text());
}

}  // namespace dlgo::jinja
