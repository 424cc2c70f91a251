#include "core/text/jinja/interpreter.h"

#include "core/text/jinja/error.h"
#include "core/text/jinja/filters.h"
#include "core/text/jinja/loop.h"
#include "core/text/jinja/macro.h"
#include "core/text/jinja/python.h"

namespace dlgo::jinja {

const Value* Scope::find(std::string_view name) const {
    for (const Scope* scope = this; scope; scope = scope->parent.get()) {
        const auto found = scope->variables.find(name);
        if (found != scope->variables.end()) return &found->second;
    }
    return nullptr;
}

static thread_local std::vector<std::shared_ptr<Object>>* kept_objects = nullptr;

void keep_until_end(std::shared_ptr<Object> object) {
    if (kept_objects) kept_objects->push_back(std::move(object));
}

Text Interpreter::run(const Body& body) {
    const Meter meter;
    auto* const outer = std::exchange(kept_objects, &objects_);
    struct Restore {
        std::vector<std::shared_ptr<Object>>* outer;
        ~Restore() { kept_objects = outer; }
    } const restore{outer};
    Text out;
    execute(body, root_, out);
    return out;
}

// Breaks the cycles, one object at a time.
Interpreter::~Interpreter() {
    for (const auto& object : objects_) object->clear();
    for (const ScopePtr& scope : kept_) scope->variables.clear();
    root_->variables.clear();
}

Interpreter::Flow Interpreter::execute(const Body& body, const ScopePtr& scope, Text& out) {
    for (const Statement& statement : body) {
        const Flow flow = execute(statement, scope, out);
        if (flow != Flow::Next) return flow;
    }
    return Flow::Next;
}

Text Interpreter::captured(const Body& body, const ScopePtr& scope) {
    Text out;
    execute(body, std::make_shared<Scope>(scope), out);
    return out;
}

static void print(Text& out, const Text& text) {
    charge_text(text.size());
    out.append(text);
}

Interpreter::Flow Interpreter::execute(const Statement& statement, const ScopePtr& scope, Text& out) {
    const CallDepth depth;
    charge_steps(1);
    line_ = statement.line;
    switch (statement.kind) {
        case Statement::Kind::Text: print(out, statement.text); break;
        case Statement::Kind::Print: print(out, to_text(evaluate(*statement.value, scope))); break;
        case Statement::Kind::If: return branch(statement, scope, out);
        case Statement::Kind::For: loop(statement, evaluate(*statement.value, scope), scope, out, 0); break;
        case Statement::Kind::Set: assign(*statement.target, evaluate(*statement.value, scope), scope); break;
        case Statement::Kind::SetBlock: {
            Value value = captured(statement.body, scope);
            if (statement.value) value = filtered(*statement.value, value, scope);
            assign(*statement.target, value, scope);
            break;
        }
        case Statement::Kind::FilterBlock: print(out, to_text(filtered(*statement.value, captured(statement.body, scope), scope))); break;
        case Statement::Kind::With: {
            const auto inner = std::make_shared<Scope>(scope);
            for (const auto& [target, value] : statement.assignments) assign(*target, evaluate(*value, scope), inner);
            return execute(statement.body, inner, out);
        }
        case Statement::Kind::Macro: scope->variables.insert_or_assign(statement.macro->name, macro(statement, scope)); break;
        case Statement::Kind::CallBlock: {
            const Value callee = evaluate(*statement.value->children[0], scope);
            Arguments call = arguments(statement.value->arguments, scope);
            call.named.emplace_back("caller", macro(statement, scope));
            print(out, to_text(call_value(callee, std::move(call))));
            break;
        }
        case Statement::Kind::Block: return execute(statement.body, std::make_shared<Scope>(root_), out);
        case Statement::Kind::Scope: return execute(statement.body, std::make_shared<Scope>(scope), out);
        case Statement::Kind::Break: return Flow::Break;
        case Statement::Kind::Continue: return Flow::Continue;
    }
    return Flow::Next;
}

Interpreter::Flow Interpreter::branch(const Statement& statement, const ScopePtr& scope, Text& out) {
    const bool truth = evaluate(*statement.value, scope).truth();
    return execute(truth ? statement.body : statement.alternative, scope, out);
}

void Interpreter::assign(const Expression& target, const Value& value, const ScopePtr& scope) {
    if (target.kind == Expression::Kind::Name) {
        scope->variables.insert_or_assign(target.name, value);
    } else if (target.kind == Expression::Kind::Attribute) {
        const Value object = name(*target.children[0], scope);
        auto* space = object.object_as<Namespace>();
        if (!space) runtime_error("cannot assign attribute on non-namespace object");
        charge_text(sizeof(Value));
        space->set(target.name, value);
    } else {
        const std::vector<Value> items = iterate(value);
        const size_t wanted = target.children.size();
        if (items.size() > wanted) value_error("too many values to unpack (expected " + std::to_string(wanted) + ")");
        if (items.size() < wanted) {
            value_error("not enough values to unpack (expected " + std::to_string(wanted) + ", got " + std::to_string(items.size()) + ")");
        }
        for (size_t i = 0; i < wanted; ++i) assign(*target.children[i], items[i], scope);
    }
}

// ---- loops

void Interpreter::loop(const Statement& statement, const Value& iterable, const ScopePtr& scope, Text& out, uint32_t depth) {
    const CallDepth call_depth;
    std::vector<Value> items = iterate(iterable);
    if (statement.condition) {
        std::vector<Value> chosen;
        for (Value& item : items) {
            const auto inner = std::make_shared<Scope>(scope);
            assign(*statement.target, item, inner);
            if (evaluate(*statement.condition, inner).truth()) chosen.push_back(std::move(item));
        }
        items = std::move(chosen);
    }
    if (items.empty()) {
        execute(statement.alternative, std::make_shared<Scope>(scope), out);
        return;
    }
    const auto context = std::make_shared<LoopContext>(std::move(items), depth);
    const Value context_value = std::shared_ptr<Object>(context);
    objects_.push_back(context);
    charge_text(sizeof(LoopContext));
    if (statement.recursive) {
        context->recurse = [this, &statement, scope, depth](const Value& inner) {
            Text text;
            loop(statement, inner, scope, text, depth + 1);
            return Value(std::move(text));
        };
    }
    for (context->index = 0; context->index < context->items.size(); ++context->index) {
        charge_steps(1);
        const auto inner = std::make_shared<Scope>(scope);
        inner->variables.emplace("loop", context_value);
        assign(*statement.target, context->items[context->index], inner);
        if (execute(statement.body, inner, out) == Flow::Break) break;
    }
}

// ---- macros

Value Interpreter::macro(const Statement& statement, const ScopePtr& scope) {
    auto out = std::make_shared<MacroObject>();
    out->name = statement.macro->name;
    out->invoke = [this, &statement, weak = scope.get()](Arguments arguments) {
        const CallDepth depth;
        charge_steps(1);
        const Macro& macro = *statement.macro;
        // Its scope is kept, but must not be owned by what it contains.
        const auto inner = std::make_shared<Scope>(ScopePtr(ScopePtr(), weak));
        bind_macro_arguments(macro, arguments, inner->variables, [&](const Expression& e) { return evaluate(e, inner); });
        const uint32_t line = line_;
        Text text;
        execute(statement.body, inner, text);
        line_ = line;
        return Value(std::move(text));
    };
    if (kept_.empty() || kept_.back() != scope) kept_.push_back(scope);
    objects_.push_back(out);
    charge_text(sizeof(MacroObject));
    return std::shared_ptr<Object>(out);
}

}  // namespace dlgo::jinja
