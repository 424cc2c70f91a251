#include <catch2/catch_test_macros.hpp>
#include <string>

#include "core/base/error.h"

using namespace dlgo;

TEST_CASE("fail throws its code and the formatted message", "[base]") {
    try {
        fail(DLGO_ERROR_FORMAT, "tensor '%s' has %d dimensions", "x", 7);
        FAIL("did not throw");
    } catch (const Error& error) {
        CHECK(error.code() == DLGO_ERROR_FORMAT);
        CHECK(std::string(error.what()) == "tensor 'x' has 7 dimensions");
    }
}

TEST_CASE("strf takes results of any length", "[base]") {
    const std::string text(5000, 'a');
    CHECK(strf("%s!", text.c_str()) == text + "!");
}
