// A chat template and its renderings: cases with name, context and either expected or error.
#include <cstdio>
#include <nlohmann/json.hpp>

#include "core/base/error.h"
#include "core/text/chat.h"
#include "golden.h"

namespace dlgo_golden {

namespace {

using Json = nlohmann::ordered_json;

// bos_token and eos_token are of the model; all else comes from the case as JSON.
std::string render(const dlgo::ChatTemplate& chat_template, Json context) {
    dlgo::ChatRequest request;
    const auto token = [&](const char* name) {
        const auto found = context.find(name);
        std::string out = found != context.end() && found->is_string() ? found->get<std::string>() : "";
        if (!out.empty()) context.erase(name);
        return out;
    };
    const std::string bos = token("bos_token"), eos = token("eos_token"), extra = context.dump();
    request.bos_token = bos;
    request.eos_token = eos;
    request.extra_json = extra;
    std::string out;
    for (const dlgo::ChatPiece& piece : chat_template.render(request)) out += piece.text;
    return out;
}

// The clock stood at 2026-11-23 when the renderings were made.
std::string at_golden_date(std::string source) {
    return "{% macro strftime_now(format) %}{{ format | replace('%d', '23') | replace('%B', 'November') | replace('%b', 'Nov') | "
           "replace('%Y', '2026') | replace('%y', '26') | replace('%m', '11') | replace('%H', '00') | replace('%M', '00') | "
           "replace('%S', '00') | replace('%A', 'Monday') | replace('%a', 'Mon') }}{% endmacro -%}" + std::move(source);
}

bool check_case(const dlgo::ChatTemplate& chat_template, const Json& item) {
    const std::string name = item.at("name");
    std::string got, error;
    try {
        got = render(chat_template, item.at("context"));
    } catch (const dlgo::Error& e) {
        error = e.what();
    }
    if (item.contains("error")) {
        const std::string want = item.at("error");
        if (error.find(want) != std::string::npos) return true;
        std::printf("%s: expected the error '%s', got %s\n", name.c_str(), want.c_str(), error.empty() ? "a rendering" : error.c_str());
        return false;
    }
    if (!error.empty()) {
        std::printf("%s: %s\n", name.c_str(), error.c_str());
        return false;
    }
    const std::string want = item.at("expected");
    if (got == want) return true;
    size_t at = 0;
    while (at < got.size() && at < want.size() && got[at] == want[at]) ++at;
    const size_t from = at < 40 ? 0 : at - 40;
    std::printf("%s: differs at byte %zu\n  got      %s\n  expected %s\n", name.c_str(), at,
                Json(got.substr(from, 120)).dump(-1, ' ', false, Json::error_handler_t::replace).c_str(),
                Json(want.substr(from, 120)).dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
    return false;
}

}  // namespace

int render_template(const Args& args) {
    const std::string source = read_file(args[0]);
    const dlgo::ChatTemplate chat_template(source.find("strftime_now") == std::string::npos ? source : at_golden_date(source));
    const Json cases = Json::parse(read_file(args[1]));
    size_t equal = 0;
    for (const Json& item : cases) equal += check_case(chat_template, item);
    return report(equal, cases.size());
}

}  // namespace dlgo_golden
