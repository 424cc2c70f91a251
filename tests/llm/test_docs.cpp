// docs/models.md says what the code can do, and nothing else.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <set>
#include <sstream>

#include "core/base/mmap.h"
#include "core/quant/formats.h"
#include "models/llm/spec.h"

namespace {

// The words in backquotes in one column of the tables behind a heading.
std::set<std::string> column(const std::string& heading, size_t index) {
    std::istringstream text(dlgo::read_file(DLGO_SOURCE_DIR "/docs/models.md"));
    std::set<std::string> out;
    bool inside = false;
    for (std::string line; std::getline(text, line);) {
        if (line.starts_with("## ")) inside = line == "## " + heading;
        if (!inside || !line.starts_with("| ") || line.find("| ---") == 0) continue;
        std::istringstream cells(line.substr(1));
        std::string cell;
        for (size_t i = 0; i <= index; ++i) std::getline(cells, cell, '|');
        for (size_t at = cell.find('`'); at != std::string::npos;) {
            const size_t end = cell.find('`', at + 1);
            out.insert(cell.substr(at + 1, end - at - 1));
            at = cell.find('`', end + 1);
        }
    }
    out.erase("general.architecture");
    return out;
}

}  // namespace

TEST_CASE("docs/models.md lists every architecture", "[llm][docs]") {
    const auto names = dlgo::architecture_names();
    CHECK(column("Architectures", 0) == std::set<std::string>(names.begin(), names.end()));
}

TEST_CASE("docs/models.md lists every tensor type", "[llm][docs]") {
    std::set<std::string> names;
    for (uint32_t id = 0; id < 256; ++id) {
        if (const dlgo::TypeTraits* type = dlgo::find_type(id)) names.insert(type->name);
    }
    CHECK(column("Tensor types", 1) == names);
}
