// The Vulkan device of the tests: DLGO_TEST_DEVICE ("vulkan:1"), else the first. Tests are skipped where there is none.
#pragma once
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <memory>
#include <string>

#include "backends/backend.h"
#ifdef DLGO_HAVE_VULKAN
#include "backends/vulkan/vulkan_backend.h"
#endif

namespace dlgo::test {

inline std::shared_ptr<Backend> gpu() {
#ifdef DLGO_HAVE_VULKAN
    const char* wanted = std::getenv("DLGO_TEST_DEVICE");
    for (const auto& backend : make_vulkan_backends()) {
        if (!wanted || std::string(wanted) == backend->info().name) return backend;
    }
#endif
    SKIP("no Vulkan device");
    return nullptr;
}

}  // namespace dlgo::test
