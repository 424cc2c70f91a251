// Token ids of every case of a JSON lines file: {"text" | "text_b64", "add_special", "parse_special", "ids"}.
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>

#include "golden.h"

namespace dlgo_golden {
namespace {

std::string from_base64(const std::string& text) {
    static const std::string kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    uint32_t bits = 0;
    int n_bits = 0;
    for (const char c : text) {
        const size_t digit = kDigits.find(c);
        if (digit == std::string::npos) break;  // padding
        bits = bits << 6 | static_cast<uint32_t>(digit);
        n_bits += 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            out += static_cast<char>(bits >> n_bits & 255);
        }
    }
    return out;
}

std::vector<int32_t> tokenize(const dlgo_llm* llm, const std::string& text, uint32_t flags) {
    size_t n = 0;
    check(dlgo_llm_tokenize(llm, text.data(), text.size(), flags, nullptr, 0, &n));
    std::vector<int32_t> ids(n);
    if (n > 0) check(dlgo_llm_tokenize(llm, text.data(), text.size(), flags, ids.data(), ids.size(), &n));
    return ids;
}

}  // namespace

int tokens(const Args& args) {
    dlgo_llm_options options;
    dlgo_llm_options_init(&options);
    options.vocab_only = 1;
    dlgo_llm* loaded = nullptr;
    check(dlgo_llm_load(args[0].c_str(), &options, &loaded));
    const std::unique_ptr<dlgo_llm, void (*)(dlgo_llm*)> llm(loaded, dlgo_llm_free);

    std::istringstream lines(read_file(args[1]));
    size_t equal = 0, total = 0;
    for (std::string line; std::getline(lines, line);) {
        if (line.empty()) continue;
        ++total;
        const auto item = nlohmann::json::parse(line);
        const std::string text = item.contains("text_b64") ? from_base64(item["text_b64"]) : item.at("text").get<std::string>();
        const uint32_t flags = (item.value("add_special", false) ? DLGO_TOKENIZE_ADD_BOS : 0) |
                               (item.value("parse_special", false) ? DLGO_TOKENIZE_PARSE_SPECIAL : 0);
        const std::vector<int32_t> ids = tokenize(llm.get(), text, flags);
        if (ids == item.at("ids").get<std::vector<int32_t>>()) {
            ++equal;
        } else {
            std::printf("line %zu: %s\n  got %s\n", total, line.c_str(), nlohmann::json(ids).dump().c_str());
        }
    }
    return report(equal, total);
}

}  // namespace dlgo_golden
