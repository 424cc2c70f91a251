// Recursive descent over tokens, with jinja2's grammar.
#pragma once
#include <string_view>

#include "core/text/jinja/ast.h"
#include "core/text/jinja/lexer.h"

namespace dlgo::jinja {

class Parser {
public:
    explicit Parser(std::string_view source) : tokens_(tokenize(source)) {}
    Body parse();  // throws SyntaxError

private:
    using Kind = Expression::Kind;
    class Depth;

    [[noreturn]] void error(const std::string& message) const;
    [[noreturn]] void unexpected(const std::string& wanted) const;
    const Token& peek(size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
    bool take(std::string_view op);
    bool take_name(std::string_view name);
    void expect(std::string_view op);
    std::string expect_identifier();
    void expect_block_end();

    // statements
    Body body(std::initializer_list<std::string_view> ends);  // stops at the name of an end tag
    void statement(Body& out);
    void if_statement(Statement& out);
    void for_statement(Statement& out);
    void set_statement(Statement& out);
    void with_statement(Statement& out);
    void signature(Macro& macro);
    void macro_statement(Statement& out);
    void call_statement(Statement& out);
    void block_statement(Statement& out);
    void end_tag(std::string_view name);

    // expressions
    ExpressionPtr measured(ExpressionPtr value) const;  // not too high a tree
    ExpressionPtr node(Kind kind) const;
    ExpressionPtr node(Kind kind, ExpressionPtr first, ExpressionPtr second = nullptr) const;
    ExpressionPtr expression();
    ExpressionPtr or_expression();
    ExpressionPtr and_expression();
    ExpressionPtr not_expression();
    ExpressionPtr comparison();
    ExpressionPtr sum();
    ExpressionPtr concatenation();
    ExpressionPtr product();
    ExpressionPtr power();
    ExpressionPtr unary(bool with_filters = true);
    ExpressionPtr primary();
    ExpressionPtr tuple(bool conditional, bool parentheses, std::string_view stop = {});
    ExpressionPtr list();
    ExpressionPtr dict();
    ExpressionPtr postfix(ExpressionPtr value);
    ExpressionPtr subscript(ExpressionPtr value);
    ExpressionPtr index();
    ExpressionPtr filters(ExpressionPtr value);
    ExpressionPtr filter(ExpressionPtr value);
    ExpressionPtr test(ExpressionPtr value);
    ExpressionPtr target(bool with_namespace);
    ExpressionPtr target_item(bool with_namespace);
    CallArguments arguments();

    std::vector<Token> tokens_;
    size_t at_ = 0;
    uint32_t depth_ = 0;
    uint32_t loops_ = 0;
    bool soft_ = false;  // in a branch that may not run: an unknown filter is an error only when it does
};

}  // namespace dlgo::jinja
