// What a call throws.
#pragma once
#include <string>

#include "core/base/error.h"

namespace dlgo::test {

struct Thrown {
    dlgo_status code = DLGO_OK;
    std::string message;
    bool says(const std::string& text) const { return message.find(text) != std::string::npos; }
};

template <class F>
Thrown thrown_by(F f) {
    try {
        f();
    } catch (const Error& e) {
        return {e.code(), e.what()};
    }
    return {};
}

}  // namespace dlgo::test
