// Runs a template.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/text/jinja/ast.h"
#include "core/text/jinja/limits.h"

namespace dlgo::jinja {

struct Scope {
    const std::shared_ptr<Scope> parent;
    std::map<std::string, Value, std::less<>> variables;

    explicit Scope(std::shared_ptr<Scope> parent) : parent(std::move(parent)) {}
    const Value* find(std::string_view name) const;
};
using ScopePtr = std::shared_ptr<Scope>;

// For objects that may refer to themselves: they are cleared when the template has ended.
void keep_until_end(std::shared_ptr<Object> object);

class Interpreter {
public:
    explicit Interpreter(ScopePtr globals) : root_(std::move(globals)) {}
    ~Interpreter();
    Text run(const Body& body);
    uint32_t line() const { return line_; }

private:
    enum class Flow : uint8_t { Next, Break, Continue };
    Flow execute(const Body& body, const ScopePtr& scope, Text& out);
    Flow execute(const Statement& statement, const ScopePtr& scope, Text& out);
    Text captured(const Body& body, const ScopePtr& scope);
    Flow branch(const Statement& statement, const ScopePtr& scope, Text& out);
    void loop(const Statement& statement, const Value& iterable, const ScopePtr& scope, Text& out, uint32_t depth);
    void assign(const Expression& target, const Value& value, const ScopePtr& scope);
    Value macro(const Statement& statement, const ScopePtr& scope);

    Value evaluate(const Expression& e, const ScopePtr& scope);
    Value name(const Expression& e, const ScopePtr& scope);
    Value unary(const Expression& e, const ScopePtr& scope);
    Value comparison(const Expression& e, const ScopePtr& scope);
    Value conditional(const Expression& e, const ScopePtr& scope);
    Value slice(const Value& object, const Expression& e, const ScopePtr& scope);
    Value filter(const Expression& e, const Value& value, const ScopePtr& scope);
    Value filtered(const Expression& e, const Value& value, const ScopePtr& scope);  // a chain that begins with nothing
    Value test(const Expression& e, const ScopePtr& scope);
    Arguments arguments(const CallArguments& call, const ScopePtr& scope);

    ScopePtr root_;
    uint32_t line_ = 0;
    std::vector<ScopePtr> kept_;                      // scopes that macros refer to
    std::vector<std::shared_ptr<Object>> objects_;  // what may hold itself
};

}  // namespace dlgo::jinja
