#include <catch2/catch_test_macros.hpp>
#include <cstdlib>

#include "core/base/env.h"
#include "tests/support/errors.h"

using namespace dlgo;

TEST_CASE("sizes are read with their units", "[base]") {
    CHECK(parse_size("0") == 0u);
    CHECK(parse_size("1048576") == 1048576u);
    CHECK(parse_size("512K") == 512u << 10);
    CHECK(parse_size("512M") == 512u << 20);
    CHECK(parse_size("8G") == uint64_t{8} << 30);
    CHECK(parse_size("8 GiB") == uint64_t{8} << 30);
    CHECK(parse_size("1.5g") == uint64_t{3} << 29);
    CHECK(parse_size("2tb") == uint64_t{2} << 40);
    for (const char* bad : {"", "G", "-1", "8X", "8GG", "1e3", "8Gi", "99999999999999999999", "18446744073709551615K"}) {
        INFO(bad);
        CHECK(!parse_size(bad));
    }
}

TEST_CASE("environment variables are read or refused by name", "[base]") {
    ::unsetenv("DLGO_TEST_VALUE");
    CHECK(!env_string("DLGO_TEST_VALUE"));
    CHECK(!env_int("DLGO_TEST_VALUE", 0, 9));
    CHECK(!env_size("DLGO_TEST_VALUE"));
    ::setenv("DLGO_TEST_VALUE", "7", 1);
    CHECK(env_string("DLGO_TEST_VALUE") == "7");
    CHECK(env_int("DLGO_TEST_VALUE", 0, 9) == 7);
    CHECK(env_size("DLGO_TEST_VALUE") == 7u);
    ::setenv("DLGO_TEST_VALUE", "12x", 1);
    const auto number = test::thrown_by([] { env_int("DLGO_TEST_VALUE", 0, 9); });
    CHECK(number.code == DLGO_ERROR_INVALID_ARGUMENT);
    CHECK(number.says("DLGO_TEST_VALUE"));
    CHECK(test::thrown_by([] { env_size("DLGO_TEST_VALUE"); }).says("'12x'"));
    ::unsetenv("DLGO_TEST_VALUE");
}
