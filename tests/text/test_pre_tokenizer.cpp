// Every row of the table of pre-tokenizers compiles and gives pieces that are the text again.
#include <catch2/catch_test_macros.hpp>
#include <set>
#include <string>
#include <vector>

#include "core/text/pre_tokenizer.h"

using namespace dlgo;

namespace {

constexpr std::string_view kText = "Hello, w\u00f6rld!  \n\n\t3.14159 don't HTTP \u4f60\u597d\u3002 \U0001F600 'LL \u00a0x\r\n 1234567  ";

std::vector<std::string> pieces(const char* name, std::string_view text) {
    const PreTokenizer* row = find_pre_tokenizer(name);
    REQUIRE(row);
    std::vector<std::string> out;
    size_t begin = 0;
    for (const size_t end : PreSplitter(row->patterns).split(text)) {
        out.emplace_back(text.substr(begin, end - begin));
        begin = end;
    }
    return out;
}

}  // namespace

TEST_CASE("pre-tokenizers: names are unique, pieces are the whole text", "[text]") {
    std::set<std::string_view> names;
    for (const PreTokenizer& row : pre_tokenizers()) {
        REQUIRE(!row.names.empty());
        CAPTURE(row.names.front());
        for (const auto name : row.names) {
            CHECK(names.insert(name).second);
            CHECK(find_pre_tokenizer(name) == &row);
        }
        size_t begin = 0;
        for (const size_t end : PreSplitter(row.patterns).split(kText)) {
            CHECK(end > begin);
            begin = end;
        }
        CHECK(begin == kText.size());
    }
    CHECK(find_pre_tokenizer("no such tokenizer") == nullptr);
}

TEST_CASE("pre-tokenizers: what a model's own tokenizer makes of a text", "[text]") {
    using Pieces = std::vector<std::string>;
    CHECK(pieces("gpt-2", "it's 1234 of  them") == Pieces{"it", "'s", " 1234", " of", " ", " them"});
    CHECK(pieces("command-r", "it's 12 of") == Pieces{"it", "'s", " ", "1", "2", " of"});
    CHECK(pieces("llama-bpe", "it's 1234\n\nof") == Pieces{"it", "'s", " ", "123", "4", "\n\n", "of"});
    CHECK(pieces("tekken", "HTTPServer 12") == Pieces{"HTTPServer", " ", "1", "2"});
}
