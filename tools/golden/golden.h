// dlgo-golden: runs the library over the files of a set of reference data.
#pragma once
#include <stdexcept>
#include <string>
#include <vector>

#include <dlgo.h>

namespace dlgo_golden {

struct Failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

using Args = std::vector<std::string>;

// Each returns the exit status.
int logits(const Args& args);
int tokens(const Args& args);
int render_template(const Args& args);
int quants(const Args& args);

std::string read_file(const std::string& path);
void check(dlgo_status status);
// Prints "N of M equal"; 0 when all are and there are some.
int report(size_t equal, size_t total);

}  // namespace dlgo_golden
