// Tags.
#include "core/text/jinja/parser.h"

#include <algorithm>

#include "core/text/jinja/error.h"
#include "core/text/jinja/parser_depth.h"

namespace dlgo::jinja {

void Parser::error(const std::string& message) const { throw SyntaxError(peek().line, message); }

static std::string describe(const Token& token) {
    switch (token.type) {
        case Token::Type::End: return "the end of the template";
        case Token::Type::VariableEnd: return "'}}'";
        case Token::Type::BlockEnd: return "'%}'";
        case Token::Type::String: return "a string";
        default: return "'" + token.text + "'";
    }
}

void Parser::unexpected(const std::string& wanted) const { error("unexpected " + describe(peek()) + ", expected " + wanted); }

bool Parser::take(std::string_view op) {
    if (!peek().is(op)) return false;
    ++at_;
    return true;
}

bool Parser::take_name(std::string_view name) {
    if (!peek().is_name(name)) return false;
    ++at_;
    return true;
}

void Parser::expect(std::string_view op) {
    if (!take(op)) unexpected("'" + std::string(op) + "'");
}

std::string Parser::expect_identifier() {
    if (peek().type != Token::Type::Name) unexpected("a name");
    return tokens_[at_++].text;
}

void Parser::expect_block_end() {
    if (peek().type != Token::Type::BlockEnd) unexpected("'%}'");
    ++at_;
}

Body Parser::parse() { return body({}); }

// After the tag that opens; the end tag's name is next when this returns.
Body Parser::body(std::initializer_list<std::string_view> ends) {
    const Depth depth(*this);
    Body out;
    for (;;) {
        const Token& token = peek();
        Statement next{};
        next.line = token.line;
        switch (token.type) {
            case Token::Type::Data:
                next.kind = Statement::Kind::Text;
                next.text = Text(token.text, true);
                ++at_;
                out.push_back(std::move(next));
                break;
            case Token::Type::VariableBegin:
                ++at_;
                next.kind = Statement::Kind::Print;
                next.value = tuple(true, false);
                if (peek().type != Token::Type::VariableEnd) unexpected("'}}'");
                ++at_;
                out.push_back(std::move(next));
                break;
            case Token::Type::BlockBegin:
                ++at_;
                if (std::any_of(ends.begin(), ends.end(), [&](std::string_view end) { return peek().is_name(end); })) return out;
                statement(out);
                break;
            default:
                if (token.type != Token::Type::End) unexpected("text");
                if (ends.size() > 0) error("unexpected end of the template, expected '" + std::string(*(ends.end() - 1)) + "'");
                return out;
        }
    }
}

void Parser::end_tag(std::string_view name) {
    if (!take_name(name)) unexpected("'" + std::string(name) + "'");
    expect_block_end();
}

void Parser::statement(Body& out) {
    Statement next{};
    next.line = peek().line;
    if (peek().type != Token::Type::Name) error("tag name expected");
    const std::string tag = tokens_[at_].text;
    ++at_;
    const bool soft = soft_;
    if (tag == "if") {
        if_statement(next);
    } else if (tag == "for") {
        for_statement(next);
    } else if (tag == "set") {
        set_statement(next);
    } else if (tag == "with") {
        with_statement(next);
    } else if (tag == "macro") {
        macro_statement(next);
    } else if (tag == "call") {
        call_statement(next);
    } else if (tag == "block") {
        block_statement(next);
    } else if (tag == "filter") {
        next.kind = Statement::Kind::FilterBlock;
        soft_ = false;
        next.value = filters(filter(nullptr));
        expect_block_end();
        next.body = body({"endfilter"});
        end_tag("endfilter");
    } else if (tag == "print") {
        next.kind = Statement::Kind::Print;
        next.value = tuple(true, false);
        expect_block_end();
    } else if (tag == "break" || tag == "continue") {
        if (loops_ == 0) error("'" + tag + "' outside of a loop");
        next.kind = tag == "break" ? Statement::Kind::Break : Statement::Kind::Continue;
        expect_block_end();
    } else if (tag == "generation") {
        next.kind = Statement::Kind::Scope;
        expect_block_end();
        next.body = body({"endgeneration"});
        end_tag("endgeneration");
    } else if (tag == "autoescape") {
        next.kind = Statement::Kind::Scope;
        if (!peek().is_name("false") && !peek().is_name("False")) error("autoescape is not supported");
        ++at_;
        expect_block_end();
        next.body = body({"endautoescape"});
        end_tag("endautoescape");
    } else if (tag == "import" || tag == "include" || tag == "extends" || tag == "from") {
        error("'" + tag + "' is not supported: a chat template is one file");
    } else {
        at_ -= 1;
        error("Encountered unknown tag '" + tag + "'.");
    }
    soft_ = soft;
    out.push_back(std::move(next));
}

void Parser::if_statement(Statement& out) {
    const Depth depth(*this);
    out.kind = Statement::Kind::If;
    const bool soft = soft_;
    out.value = tuple(false, false);
    soft_ = true;
    expect_block_end();
    out.body = body({"elif", "else", "endif"});
    if (take_name("elif")) {
        Statement next{};
        next.line = peek().line;
        if_statement(next);
        out.alternative.push_back(std::move(next));
    } else if (take_name("else")) {
        expect_block_end();
        out.alternative = body({"endif"});
        end_tag("endif");
    } else {
        end_tag("endif");
    }
    soft_ = soft;
}

void Parser::for_statement(Statement& out) {
    out.kind = Statement::Kind::For;
    out.target = target(false);
    if (!take_name("in")) unexpected("'in'");
    out.value = tuple(false, false, "recursive");
    soft_ = false;
    if (take_name("if")) out.condition = expression();
    out.recursive = take_name("recursive");
    expect_block_end();
    ++loops_;
    out.body = body({"else", "endfor"});
    --loops_;
    if (take_name("else")) {
        expect_block_end();
        out.alternative = body({"endfor"});
    }
    end_tag("endfor");
}

void Parser::set_statement(Statement& out) {
    out.target = target(true);
    if (take("=")) {
        out.kind = Statement::Kind::Set;
        out.value = tuple(true, false);
        expect_block_end();
        return;
    }
    out.kind = Statement::Kind::SetBlock;
    soft_ = false;
    if (take("|")) out.value = filters(filter(nullptr));
    expect_block_end();
    out.body = body({"endset"});
    end_tag("endset");
}

void Parser::with_statement(Statement& out) {
    out.kind = Statement::Kind::With;
    while (peek().type != Token::Type::BlockEnd) {
        if (!out.assignments.empty()) expect(",");
        ExpressionPtr to = target(false);
        expect("=");
        out.assignments.emplace_back(std::move(to), expression());
    }
    soft_ = false;
    expect_block_end();
    out.body = body({"endwith"});
    end_tag("endwith");
}

void Parser::signature(Macro& macro) {
    expect("(");
    for (bool first = true; !peek().is(")"); first = false) {
        if (!first) expect(",");
        if (peek().is(")") && !first) break;
        macro.parameters.push_back(target_item(false)->name);
        if (take("=")) {
            macro.defaults.push_back(expression());
        } else if (!macro.defaults.empty()) {
            error("non-default argument follows default argument");
        }
    }
    expect(")");
}

// Which of the names that a macro has without declaring them its tokens mention.
static void find_implicit_names(Macro& macro, const std::vector<Token>& tokens, size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
        macro.uses_caller |= tokens[i].is_name("caller");
        macro.uses_varargs |= tokens[i].is_name("varargs");
        macro.uses_kwargs |= tokens[i].is_name("kwargs");
    }
}

void Parser::macro_statement(Statement& out) {
    out.kind = Statement::Kind::Macro;
    out.macro = std::make_shared<Macro>();
    out.macro->name = expect_identifier();
    soft_ = false;
    signature(*out.macro);
    expect_block_end();
    const uint32_t loops = loops_;
    loops_ = 0;
    const size_t begin = at_;
    out.body = body({"endmacro"});
    find_implicit_names(*out.macro, tokens_, begin, at_);
    loops_ = loops;
    end_tag("endmacro");
}

void Parser::call_statement(Statement& out) {
    out.kind = Statement::Kind::CallBlock;
    out.macro = std::make_shared<Macro>();
    out.macro->name = "caller";
    if (peek().is("(")) signature(*out.macro);
    out.value = expression();
    if (out.value->kind != Expression::Kind::Call) error("expected call");
    soft_ = false;
    expect_block_end();
    const uint32_t loops = loops_;
    loops_ = 0;
    const size_t begin = at_;
    out.body = body({"endcall"});
    find_implicit_names(*out.macro, tokens_, begin, at_);
    loops_ = loops;
    end_tag("endcall");
}

void Parser::block_statement(Statement& out) {
    out.kind = Statement::Kind::Block;
    const std::string name = expect_identifier();
    const bool scoped = take_name("scoped");
    take_name("required");
    if (scoped) out.kind = Statement::Kind::Scope;
    soft_ = false;
    expect_block_end();
    const uint32_t loops = loops_;
    loops_ = 0;
    out.body = body({"endblock"});
    loops_ = loops;
    take_name("endblock");
    if (peek().is_name(name)) ++at_;
    expect_block_end();
}

}  // namespace dlgo::jinja
