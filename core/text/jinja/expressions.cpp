// Evaluation of expressions.
#include "core/text/jinja/error.h"
#include "core/text/jinja/filters.h"
#include "core/text/jinja/interpreter.h"
#include "core/text/jinja/python.h"
#include "core/text/jinja/slice.h"

namespace dlgo::jinja {

Value Interpreter::evaluate(const Expression& e, const ScopePtr& scope) {
    const CallDepth depth;
    charge_steps(1);
    const auto child = [&](size_t i) { return evaluate(*e.children[i], scope); };
    const auto children = [&] {
        std::vector<Value> out;
        for (const ExpressionPtr& c : e.children) out.push_back(evaluate(*c, scope));
        return out;
    };
    switch (e.kind) {
        case Expression::Kind::Constant: return e.constant;
        case Expression::Kind::Name: return name(e, scope);
        case Expression::Kind::Tuple: return make_sequence(children(), Sequence::Type::Tuple);
        case Expression::Kind::List: return make_sequence(children());
        case Expression::Kind::Dict: {
            auto out = std::make_shared<Dict>();
            for (size_t i = 0; i + 1 < e.children.size(); i += 2) {
                Value key = child(i);
                check_hashable(key);
                out->set(std::move(key), child(i + 1));
            }
            return out;
        }
        case Expression::Kind::Unary: return unary(e, scope);
        case Expression::Kind::Binary: {
            const Value left = child(0);
            return binary(e.name, left, child(1));
        }
        case Expression::Kind::Concat: {
            Text out;
            for (const ExpressionPtr& c : e.children) out.append(to_text(evaluate(*c, scope)));
            return out;
        }
        case Expression::Kind::And: {
            Value left = child(0);
            return left.truth() ? child(1) : left;
        }
        case Expression::Kind::Or: {
            Value left = child(0);
            return left.truth() ? left : child(1);
        }
        case Expression::Kind::Compare: return comparison(e, scope);
        case Expression::Kind::Conditional: return conditional(e, scope);
        case Expression::Kind::Attribute: return get_attribute(child(0), e.name);
        case Expression::Kind::Subscript: {
            const Value object = child(0);
            if (e.children[1]->kind == Expression::Kind::Slice) return slice(object, *e.children[1], scope);
            return get_item(object, child(1));
        }
        case Expression::Kind::Slice: type_error("a slice outside of []");
        case Expression::Kind::Call: {
            const Value callee = child(0);
            return call_value(callee, arguments(e.arguments, scope));
        }
        case Expression::Kind::Filter: return filter(e, child(0), scope);
        case Expression::Kind::Test: return test(e, scope);
    }
    return Value();
}

Value Interpreter::name(const Expression& e, const ScopePtr& scope) {
    if (const Value* found = scope->find(e.name)) return *found;
    if (const Value* global = find_global(e.name)) return *global;
    return make_undefined("'" + e.name + "' is undefined");
}

Value Interpreter::unary(const Expression& e, const ScopePtr& scope) {
    const Value value = evaluate(*e.children[0], scope);
    if (e.name == "not") return Value(!value.truth(), value.trusted());
    if (value.is_undefined()) runtime_error(*value.undefined().message);
    if (!value.is_number()) type_error("bad operand type for unary " + e.name + ": '" + type_name(value) + "'");
    if (value.is_integer()) {
        if (e.name == "+") return Value(value.integer(), value.trusted());
        return binary("-", Value(int64_t{0}, true), value);
    }
    return Value(e.name == "-" ? -value.number() : value.number(), value.trusted());
}

Value Interpreter::comparison(const Expression& e, const ScopePtr& scope) {
    Value left = evaluate(*e.children[0], scope);
    for (size_t i = 0; i < e.operators.size(); ++i) {
        Value right = evaluate(*e.children[i + 1], scope);
        if (!compare(e.operators[i], left, right)) return Value(false, true);
        left = std::move(right);
    }
    return Value(true, true);
}

Value Interpreter::conditional(const Expression& e, const ScopePtr& scope) {
    if (evaluate(*e.children[0], scope).truth()) return evaluate(*e.children[1], scope);
    if (e.children[2]) return evaluate(*e.children[2], scope);
    return make_undefined("the inline if-expression on line " + std::to_string(e.line) + " evaluated to false and no else section was defined.");
}

Value Interpreter::slice(const Value& object, const Expression& e, const ScopePtr& scope) {
    std::optional<int64_t> bounds[3];
    for (size_t i = 0; i < 3; ++i) {
        if (!e.children[i]) continue;
        const Value bound = evaluate(*e.children[i], scope);
        if (bound.is_none()) continue;
        if (!bound.is_integer()) type_error("slice indices must be integers or None or have an __index__ method");
        bounds[i] = bound.integer();
    }
    return slice_of(object, bounds[0], bounds[1], bounds[2]);
}

Value Interpreter::filter(const Expression& e, const Value& value, const ScopePtr& scope) {
    const FilterFunction function = find_filter(e.name);
    if (!function) runtime_error("No filter named '" + e.name + "' found.");
    Arguments bound = arguments(e.arguments, scope);
    return function(value, bound);
}

Value Interpreter::filtered(const Expression& e, const Value& value, const ScopePtr& scope) {
    if (!e.children[0]) return filter(e, value, scope);
    return filter(e, filtered(*e.children[0], value, scope), scope);
}

Value Interpreter::test(const Expression& e, const ScopePtr& scope) {
    const Value value = evaluate(*e.children[0], scope);
    const TestFunction function = find_test(e.name);
    if (!function) runtime_error("No test named '" + e.name + "' found.");
    Arguments bound = arguments(e.arguments, scope);
    return Value(function(value, bound), true);
}

Arguments Interpreter::arguments(const CallArguments& call, const ScopePtr& scope) {
    Arguments out;
    for (const ExpressionPtr& e : call.positional) out.positional.push_back(evaluate(*e, scope));
    if (call.star) {
        for (Value& item : iterate(evaluate(*call.star, scope))) out.positional.push_back(std::move(item));
    }
    for (const auto& [name, e] : call.named) out.named.emplace_back(name, evaluate(*e, scope));
    if (call.double_star) {
        const Value more = evaluate(*call.double_star, scope);
        if (!more.is(Value::Kind::Dict)) type_error("argument after ** must be a mapping, not " + type_name(more));
        for (const auto& [key, value] : more.dict()->entries()) {
            if (!key.is_string()) type_error("keywords must be strings");
            out.named.emplace_back(key.string(), value);
        }
    }
    return out;
}

}  // namespace dlgo::jinja
