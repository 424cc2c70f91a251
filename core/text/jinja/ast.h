// A template as a tree.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "core/text/jinja/value.h"

namespace dlgo::jinja {

struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;

struct CallArguments {
    std::vector<ExpressionPtr> positional;
    std::vector<std::pair<std::string, ExpressionPtr>> named;
    ExpressionPtr star, double_star;  // *args, **kwargs
};

struct Expression {
    enum class Kind : uint8_t {
        Constant,     // constant
        Name,         // name
        Tuple, List,  // children
        Dict,         // children: key, value, key, value...
        Unary,        // name: - + not; children[0]
        Binary,       // name: + - * / // % **; children[0], [1]
        Concat,       // children
        And, Or,      // children[0], [1]
        Compare,      // children[0] operators[0] children[1] ...
        Conditional,  // children: condition, then, else (may be null)
        Attribute,    // children[0].name
        Subscript,    // children[0][children[1]]
        Slice,        // children: start, stop, step (may be null)
        Call,         // children[0](arguments)
        Filter,       // children[0] | name(arguments); children[0] is null in a filter block
        Test,         // children[0] is name(arguments)
    };
    Kind kind;
    uint32_t line = 0;
    uint32_t height = 1;  // of the tree below
    std::string name;
    Value constant;
    std::vector<ExpressionPtr> children;
    std::vector<std::string> operators;
    CallArguments arguments;
};

struct Statement;
using Body = std::vector<Statement>;

struct Macro {
    std::string name;
    std::vector<std::string> parameters;
    std::vector<ExpressionPtr> defaults;  // of the last parameters
    bool uses_caller = false, uses_varargs = false, uses_kwargs = false;
};

struct Statement {
    enum class Kind : uint8_t {
        Text,         // text
        Print,        // value
        If,           // value, body, alternative
        For,          // target in value if condition; body, alternative; recursive
        Set,          // target = value
        SetBlock,     // target = body | value (may be null)
        FilterBlock,  // body | value
        With,         // targets = values, body
        Macro,        // macro, body
        CallBlock,    // value(caller = macro), body
        Block,        // body in the template's outermost scope
        Scope,        // body
        Break, Continue,
    };
    Kind kind;
    uint32_t line = 0;
    Text text;
    ExpressionPtr target, value, condition;
    std::vector<std::pair<ExpressionPtr, ExpressionPtr>> assignments;  // With
    bool recursive = false;
    std::shared_ptr<Macro> macro;
    Body body, alternative;
};

}  // namespace dlgo::jinja
