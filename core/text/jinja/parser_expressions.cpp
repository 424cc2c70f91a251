#include "core/text/jinja/error.h"
#include "core/text/jinja/filters.h"
#include "core/text/jinja/limits.h"
#include "core/text/jinja/parser_depth.h"
#include "core/text/jinja/python.h"

namespace dlgo::jinja {

ExpressionPtr Parser::node(Kind kind) const {
    auto out = std::make_unique<Expression>();
    out->kind = kind;
    out->line = peek().line;
    return out;
}

ExpressionPtr Parser::node(Kind kind, ExpressionPtr first, ExpressionPtr second) const {
    ExpressionPtr out = node(kind);
    out->children.push_back(std::move(first));
    if (second) out->children.push_back(std::move(second));
    return measured(std::move(out));
}

ExpressionPtr Parser::measured(ExpressionPtr value) const {
    const auto include = [&](const ExpressionPtr& child) {
        if (child) value->height = std::max(value->height, child->height + 1);
    };
    for (const auto& child : value->children) include(child);
    for (const auto& child : value->arguments.positional) include(child);
    for (const auto& [name, child] : value->arguments.named) include(child);
    include(value->arguments.star);
    include(value->arguments.double_star);
    if (value->height > kMaxTreeHeight) error("an expression is nested too deeply");
    return value;
}

ExpressionPtr Parser::expression() {
    const Depth depth(*this);
    const bool soft = soft_;
    ExpressionPtr value = or_expression();
    while (take_name("if")) {
        soft_ = true;
        ExpressionPtr condition = or_expression();
        ExpressionPtr otherwise = take_name("else") ? expression() : nullptr;
        soft_ = soft;
        value = node(Kind::Conditional, std::move(condition), std::move(value));
        value->children.push_back(std::move(otherwise));
    }
    return value;
}

ExpressionPtr Parser::or_expression() {
    ExpressionPtr left = and_expression();
    while (take_name("or")) {
        left = node(Kind::Or, std::move(left), and_expression());
    }
    return left;
}

ExpressionPtr Parser::and_expression() {
    ExpressionPtr left = not_expression();
    while (take_name("and")) {
        left = node(Kind::And, std::move(left), not_expression());
    }
    return left;
}

ExpressionPtr Parser::not_expression() {
    if (!take_name("not")) return comparison();
    const Depth depth(*this);
    ExpressionPtr out = node(Kind::Unary, not_expression());
    out->name = "not";
    return out;
}

ExpressionPtr Parser::comparison() {
    ExpressionPtr first = sum();
    ExpressionPtr out;
    for (;;) {
        std::string op;
        if (peek().type == Token::Type::Operator) {
            for (const std::string_view known : {"==", "!=", "<=", ">=", "<", ">"}) {
                if (peek().is(known)) op = known;
            }
        } else if (peek().is_name("in")) {
            op = "in";
        } else if (peek().is_name("not") && peek(1).is_name("in")) {
            op = "not in";
            ++at_;
        }
        if (op.empty()) return out ? measured(std::move(out)) : std::move(first);
        ++at_;
        if (!out) out = node(Kind::Compare, std::move(first));
        out->operators.push_back(op);
        out->children.push_back(sum());
    }
}

ExpressionPtr Parser::sum() {
    ExpressionPtr left = concatenation();
    while (peek().is("+") || peek().is("-")) {
        const std::string op = tokens_[at_++].text;
        left = node(Kind::Binary, std::move(left), concatenation());
        left->name = op;
    }
    return left;
}

ExpressionPtr Parser::concatenation() {
    ExpressionPtr first = product();
    if (!peek().is("~")) return first;
    ExpressionPtr out = node(Kind::Concat, std::move(first));
    while (take("~")) out->children.push_back(product());
    return measured(std::move(out));
}

ExpressionPtr Parser::product() {
    ExpressionPtr left = power();
    while (peek().is("*") || peek().is("/") || peek().is("//") || peek().is("%")) {
        const std::string op = tokens_[at_++].text;
        left = node(Kind::Binary, std::move(left), power());
        left->name = op;
    }
    return left;
}

ExpressionPtr Parser::power() {
    ExpressionPtr left = unary();
    while (take("**")) {
        left = node(Kind::Binary, std::move(left), unary());
        left->name = "**";
    }
    return left;
}

ExpressionPtr Parser::unary(bool with_filters) {
    const Depth depth(*this);
    ExpressionPtr out;
    if (peek().is("-") || peek().is("+")) {
        const std::string op = tokens_[at_++].text;
        out = node(Kind::Unary, unary(false));
        out->name = op;
    } else {
        out = primary();
    }
    out = postfix(std::move(out));
    return with_filters ? filters(std::move(out)) : std::move(out);
}

ExpressionPtr Parser::primary() {
    const Token& token = peek();
    ExpressionPtr out = node(Kind::Constant);
    switch (token.type) {
        case Token::Type::Name:
            if (token.text == "true" || token.text == "True" || token.text == "false" || token.text == "False") {
                out->constant = Value(token.text[0] == 't' || token.text[0] == 'T', true);
            } else if (token.text != "none" && token.text != "None") {
                out->kind = Kind::Name;
                out->name = token.text;
            }
            ++at_;
            return out;
        case Token::Type::String: {
            std::string text;
            while (peek().type == Token::Type::String) text += tokens_[at_++].text;
            out->constant = Value(std::move(text), true);
            return out;
        }
        case Token::Type::Integer: {
            const auto value = parse_int(token.text, 0);
            if (!value) error("the number " + token.text + " is too large");
            out->constant = Value(*value, true);
            ++at_;
            return out;
        }
        case Token::Type::Float:
            out->constant = Value(parse_float(token.text).value_or(0), true);
            ++at_;
            return out;
        default: break;
    }
    if (take("(")) {
        out = tuple(true, true);
        expect(")");
        return out;
    }
    if (token.is("[")) return list();
    if (token.is("{")) return dict();
    unexpected("an expression");
}

// One expression or several with commas between them; stop: a name that ends it.
ExpressionPtr Parser::tuple(bool conditional, bool parentheses, std::string_view stop) {
    std::vector<ExpressionPtr> items;
    bool is_tuple = false;
    for (;;) {
        if (!items.empty()) {
            if (!take(",")) break;
            is_tuple = true;
        }
        const Token& token = peek();
        if (token.type == Token::Type::VariableEnd || token.type == Token::Type::BlockEnd || token.is(")") ||
            (!stop.empty() && token.is_name(stop))) {
            break;
        }
        items.push_back(conditional ? expression() : or_expression());
    }
    if (!is_tuple && !items.empty()) return std::move(items[0]);
    if (items.empty() && !parentheses) unexpected("an expression");
    ExpressionPtr out = node(Kind::Tuple);
    out->children = std::move(items);
    return out;
}

ExpressionPtr Parser::list() {
    ExpressionPtr out = node(Kind::List);
    expect("[");
    while (!peek().is("]")) {
        if (!out->children.empty()) expect(",");
        if (peek().is("]")) break;
        out->children.push_back(expression());
    }
    expect("]");
    return out;
}

ExpressionPtr Parser::dict() {
    ExpressionPtr out = node(Kind::Dict);
    expect("{");
    while (!peek().is("}")) {
        if (!out->children.empty()) expect(",");
        if (peek().is("}")) break;
        out->children.push_back(expression());
        expect(":");
        out->children.push_back(expression());
    }
    expect("}");
    return out;
}

ExpressionPtr Parser::postfix(ExpressionPtr value) {
    for (;;) {
        if (peek().is(".") || peek().is("[")) {
            value = subscript(std::move(value));
        } else if (peek().is("(")) {
            value = node(Kind::Call, std::move(value));
            value->arguments = arguments();
        } else {
            return measured(std::move(value));
        }
    }
}

ExpressionPtr Parser::subscript(ExpressionPtr value) {
    if (take(".")) {
        const Token& token = tokens_[at_++];
        ExpressionPtr out = node(Kind::Attribute, std::move(value));
        if (token.type == Token::Type::Name) {
            out->name = token.text;
            return out;
        }
        if (token.type != Token::Type::Integer) error("expected name or number");
        out->kind = Kind::Subscript;
        out->children.push_back(node(Kind::Constant));
        out->children[1]->constant = Value(parse_int(token.text, 0).value_or(INT64_MAX), true);
        return out;
    }
    expect("[");
    std::vector<ExpressionPtr> items;
    bool is_tuple = false;
    while (!peek().is("]")) {
        if (!items.empty()) {
            expect(",");
            is_tuple = true;
        }
        items.push_back(index());
    }
    expect("]");
    if (items.empty()) error("expected an index in []");
    if (!is_tuple) return node(Kind::Subscript, std::move(value), std::move(items[0]));
    ExpressionPtr key = node(Kind::Tuple);
    key->children = std::move(items);
    return node(Kind::Subscript, std::move(value), std::move(key));
}

ExpressionPtr Parser::index() {
    ExpressionPtr start;
    if (!peek().is(":")) {
        start = expression();
        if (!peek().is(":")) return start;
    }
    ExpressionPtr out = node(Kind::Slice);
    out->children.push_back(std::move(start));
    for (int i = 0; i < 2; ++i) {
        const bool more = out->children.size() == static_cast<size_t>(i) + 1 && take(":");
        const bool empty = !more || peek().is(":") || peek().is("]") || peek().is(",");
        out->children.push_back(empty ? nullptr : expression());
    }
    return out;
}

ExpressionPtr Parser::filters(ExpressionPtr value) {
    for (;;) {
        if (take("|")) {
            value = filter(std::move(value));
        } else if (take_name("is")) {
            value = test(std::move(value));
        } else if (peek().is("(")) {
            value = node(Kind::Call, std::move(value));
            value->arguments = arguments();
        } else {
            return measured(std::move(value));
        }
    }
}

// After the |.
ExpressionPtr Parser::filter(ExpressionPtr value) {
    ExpressionPtr out = node(Kind::Filter, std::move(value));
    out->name = expect_identifier();
    while (take(".")) out->name += "." + expect_identifier();
    if (!find_filter(out->name) && !soft_) error("No filter named '" + out->name + "'.");
    if (peek().is("(")) out->arguments = arguments();
    return out;
}

// After `is`.
ExpressionPtr Parser::test(ExpressionPtr value) {
    const bool negated = take_name("not");
    ExpressionPtr out = node(Kind::Test, std::move(value));
    out->name = expect_identifier();
    while (take(".")) out->name += "." + expect_identifier();
    if (!find_test(out->name) && !soft_) error("No test named '" + out->name + "'.");
    const Token& token = peek();
    const bool literal = token.type == Token::Type::String || token.type == Token::Type::Integer || token.type == Token::Type::Float;
    const bool name = token.type == Token::Type::Name && token.text != "else" && token.text != "or" && token.text != "and";
    if (token.is("(")) {
        out->arguments = arguments();
    } else if (literal || name || token.is("[") || token.is("{")) {
        if (token.is_name("is")) error("You cannot chain multiple tests with is");
        out->arguments.positional.push_back(postfix(primary()));
    }
    if (!negated) return out;
    out = node(Kind::Unary, std::move(out));
    out->name = "not";
    return out;
}

CallArguments Parser::arguments() {
    const Depth depth(*this);
    CallArguments out;
    expect("(");
    for (bool first = true; !peek().is(")"); first = false) {
        if (!first) {
            expect(",");
            if (peek().is(")")) break;
        }
        const bool named = !out.named.empty() || out.double_star;
        if (take("*")) {
            if (out.star || out.double_star) error("invalid syntax for function call expression");
            out.star = expression();
        } else if (take("**")) {
            if (out.double_star) error("invalid syntax for function call expression");
            out.double_star = expression();
        } else if (peek().type == Token::Type::Name && peek(1).is("=")) {
            if (out.double_star) error("invalid syntax for function call expression");
            const std::string key = tokens_[at_].text;
            at_ += 2;
            out.named.emplace_back(key, expression());
        } else {
            if (named || out.star) error("invalid syntax for function call expression");
            out.positional.push_back(expression());
        }
    }
    expect(")");
    return out;
}

ExpressionPtr Parser::target_item(bool with_namespace) {
    if (take("(")) {
        const Depth depth(*this);
        ExpressionPtr out = target(with_namespace);
        expect(")");
        return out;
    }
    ExpressionPtr out = node(Kind::Name);
    out->name = expect_identifier();
    for (const std::string_view constant : {"true", "false", "none", "True", "False", "None"}) {
        if (out->name == constant) error("can't assign to '" + out->name + "'");
    }
    if (!with_namespace || !peek().is(".")) return out;
    ++at_;
    out = node(Kind::Attribute, std::move(out));
    out->name = expect_identifier();
    return out;
}

// What `set` and `for` assign to.
ExpressionPtr Parser::target(bool with_namespace) {
    ExpressionPtr first = target_item(with_namespace);
    if (!peek().is(",")) return first;
    ExpressionPtr out = node(Kind::Tuple, std::move(first));
    while (take(",")) {
        if (peek().type != Token::Type::Name && !peek().is("(")) break;
        if (peek().is_name("in")) break;
        out->children.push_back(target_item(with_namespace));
    }
    return out;
}

}  // namespace dlgo::jinja
