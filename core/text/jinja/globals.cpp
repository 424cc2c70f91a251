// Names that every template has.
#include <ctime>

#include "core/text/jinja/arguments.h"
#include "core/text/jinja/filters.h"
#include "core/text/jinja/interpreter.h"
#include "core/text/jinja/limits.h"
#include "core/text/jinja/loop.h"
#include "core/text/jinja/python.h"

namespace dlgo::jinja {

namespace {

constexpr int64_t kMaxRange = 100000;  // as in jinja2's sandbox

Value range(Arguments arguments) {
    const Parameters p("range", arguments, {"start", "stop", "step"});
    auto out = std::make_shared<Sequence>();
    out->type = Sequence::Type::Range;
    out->start = p.has(1) ? p.integer(0) : 0;
    out->stop = p.has(1) ? p.integer(1) : p.integer(0);
    out->step = p.integer(2, 1);
    if (out->step == 0) value_error("range() arg 3 must not be zero");
    for (int64_t i = out->start; out->step > 0 ? i < out->stop : i > out->stop;) {
        if (out->items.size() == kMaxRange) {
            throw RuntimeError("OverflowError: Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000).");
        }
        out->items.emplace_back(i, true);
        if (__builtin_add_overflow(i, out->step, &i)) break;
    }
    charge_steps(out->items.size());
    charge_text(out->items.size() * sizeof(Value));
    return out;
}

std::shared_ptr<Dict> make_dict(const std::string& function, const Arguments& arguments) {
    if (arguments.positional.size() > 1) {
        type_error(function + " expected at most 1 argument, got " + std::to_string(arguments.positional.size()));
    }
    auto out = std::make_shared<Dict>();
    if (!arguments.positional.empty()) {
        const Value& from = arguments.positional[0];
        if (from.is(Value::Kind::Dict)) {
            for (const auto& [key, value] : from.dict()->entries()) out->set(key, value);
        } else {
            for (const Value& pair : iterate(from)) {
                const std::vector<Value> items = iterate(pair);
                if (items.size() != 2) value_error("dictionary update sequence element has length " + std::to_string(items.size()) + "; 2 is required");
                check_hashable(items[0]);
                out->set(items[0], items[1]);
            }
        }
    }
    for (const auto& [name, value] : arguments.named) out->set(Value(name, true), value);
    return out;
}

Value make_namespace(Arguments arguments) {
    auto out = std::make_shared<Namespace>();
    const std::shared_ptr<Dict> values = make_dict("Namespace", arguments);
    for (const auto& [key, value] : values->entries()) out->set(to_text(key).bytes(), value);
    charge_text(sizeof(Namespace));
    keep_until_end(out);
    return std::shared_ptr<Object>(out);
}

Value make_cycler(Arguments arguments) {
    if (arguments.positional.empty()) runtime_error("at least one item has to be provided");
    auto out = std::make_shared<Cycler>(std::move(arguments.positional));
    keep_until_end(out);
    return std::shared_ptr<Object>(out);
}

Value make_joiner(Arguments arguments) {
    const Parameters p("joiner", arguments, {"sep"});
    return std::shared_ptr<Object>(std::make_shared<Joiner>(p.has(0) ? to_text(p[0]) : Text(", ", true)));
}

Value raise_exception(Arguments arguments) {
    const Parameters p("raise_exception", arguments, {"message"});
    throw Refusal(to_text(p[0]).bytes());
}

Value strftime_now(Arguments arguments) {
    const Parameters p("strftime_now", arguments, {"format"});
    const Text& format = p.text(0);
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    localtime_r(&now, &local);
    // A letter in front tells an empty result from one that does not fit.
    const std::string padded = "x" + format.bytes();
    std::string out(padded.size() * 4 + 256, '\0');
    charge_text(out.size());
    out.resize(std::strftime(out.data(), out.size(), padded.c_str(), &local));
    return Value(out.empty() ? out : out.substr(1), format.trusted());
}

}  // namespace

const Value* find_global(std::string_view name) {
    static const std::vector<std::pair<std::string_view, Value>> globals = {
        {"range", make_function("range", range)},
        {"dict", make_function("dict", [](Arguments a) { return Value(make_dict("dict", a)); })},
        {"namespace", make_function("namespace", make_namespace)},
        {"cycler", make_function("cycler", make_cycler)},
        {"joiner", make_function("joiner", make_joiner)},
        {"raise_exception", make_function("raise_exception", raise_exception)},
        {"strftime_now", make_function("strftime_now", strftime_now)},
    };
    for (const auto& [known, value] : globals) {
        if (known == name) return &value;
    }
    return nullptr;
}

}  // namespace dlgo::jinja
