// Bounds the recursion of the parser.
#pragma once
#include "core/text/jinja/limits.h"
#include "core/text/jinja/parser.h"

namespace dlgo::jinja {

class Parser::Depth {
public:
    explicit Depth(Parser& parser) : parser_(parser) {
        if (++parser_.depth_ > kMaxSourceDepth) parser_.error("nested too deeply");
    }
    ~Depth() { --parser_.depth_; }

private:
    Parser& parser_;
};

}  // namespace dlgo::jinja
