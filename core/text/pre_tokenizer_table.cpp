// Names and patterns: facts from llama.cpp's vocabulary code and the tokenizer.json files of the models. Where llama.cpp
// reads a pattern differently from the model's own tokenizer, its reading is the one here. Patterns are written so that
// no text makes them quadratic.
#include <algorithm>

#include "core/text/pre_tokenizer.h"

namespace dlgo {
namespace {

#define CONTRACTION "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])"
#define SPACES "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"
#define SYMBOLS " ?[^\\s\\p{L}\\p{N}]+"
#define LETTERS "[^\\r\\n\\p{L}\\p{N}]?\\p{L}+"

// [letters but a-z]* [letters but A-Z]+, and the same with the other one optional
#define CASED(between)                                                                              \
    "[^\\r\\n\\p{L}\\p{N}]?[^a-z\\P{L}]*[^A-Z\\P{L}]+" between "|[^\\r\\n\\p{L}\\p{N}]?[^a-z\\P{L}]+[^A-Z\\P{L}]*" between

// neither letters nor marks
#define NEITHER "\\p{N}\\p{P}\\p{S}\\p{Z}\\p{C}"

#define HAN                                                                                                           \
    "\\x{3400}-\\x{4DBF}\\x{4E00}-\\x{9FFF}\\x{F900}-\\x{FAFF}\\x{20000}-\\x{2A6DF}\\x{2A700}-\\x{2EBEF}\\x{2F800}-\\x{2FA1F}"

constexpr std::string_view kGpt2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+|" SYMBOLS "|\\s+(?!\\S)";
constexpr std::string_view kLlama3 = CONTRACTION "|" LETTERS "|\\p{N}{1,3}|" SYMBOLS "[\\r\\n]*|" SPACES;
constexpr std::string_view kQwen2 = CONTRACTION "|" LETTERS "|\\p{N}|" SYMBOLS "[\\r\\n]*|" SPACES;
constexpr std::string_view kGpt4o = CASED(CONTRACTION "?") "|\\p{N}{1,3}|" SYMBOLS "[\\r\\n/]*|" SPACES;
constexpr std::string_view kDigits3 = "\\p{N}{1,3}";
constexpr std::string_view kIdeographs = "[一-龥぀-ゟ゠-ヿ]+";
constexpr std::string_view kDeepseek3 =
    "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|" SPACES;
constexpr std::string_view kLines = "[^\\n]+|\\n+";

// "[ࠀ-一]" and others without the white space in it.
constexpr std::string_view kDeepseekIdeographs =
    "[\\x{800}-\\x{167F}\\x{1681}-\\x{1FFF}\\x{200B}-\\x{2027}\\x{202A}-\\x{202E}\\x{2030}-\\x{205E}\\x{2060}-\\x{2FFF}"
    "\\x{3001}-\\x{9FA5}\\x{AC00}-\\x{D7FF}]+";
constexpr std::string_view kDeepseekLetters =
    "\\s?[A-Za-z\\x{B5}\\x{C0}-\\x{D6}\\x{D8}-\\x{F6}\\x{F8}-\\x{1BA}\\x{1BC}-\\x{1BF}\\x{1C4}-\\x{293}"
    "\\x{295}-\\x{2AF}\\x{370}-\\x{373}\\x{376}\\x{377}\\x{37B}-\\x{37D}\\x{37F}\\x{386}\\x{388}-\\x{38A}\\x{38C}"
    "\\x{38E}-\\x{3A1}\\x{3A3}-\\x{3F5}\\x{3F7}-\\x{481}\\x{48A}-\\x{52F}\\x{531}-\\x{556}\\x{10A0}-\\x{10C5}"
    "\\x{13A0}-\\x{13F5}\\x{13F8}-\\x{13FD}\\x{1C90}-\\x{1CBA}\\x{1CBD}-\\x{1CBF}\\x{1D00}-\\x{1D2B}"
    "\\x{1D6B}-\\x{1D77}\\x{1D79}-\\x{1D9A}\\x{1E00}-\\x{1F15}\\x{1F18}-\\x{1F1D}\\x{1F20}-\\x{1F45}"
    "\\x{1F48}-\\x{1F4D}\\x{1F50}-\\x{1F57}\\x{1F59}\\x{1F5B}\\x{1F5D}\\x{1F5F}-\\x{1F7D}\\x{1F80}-\\x{1FB4}"
    "\\x{1FB6}-\\x{1FBC}\\x{1FBE}\\x{1FC2}-\\x{1FC4}\\x{1FC6}-\\x{1FCC}\\x{1FD0}-\\x{1FD3}\\x{1FD6}-\\x{1FDB}"
    "\\x{1FE0}-\\x{1FEC}\\x{1FF2}-\\x{1FF4}\\x{1FF6}-\\x{1FFC}\\x{2102}\\x{2107}\\x{210A}-\\x{2113}\\x{2115}"
    "\\x{2119}-\\x{211D}\\x{2124}\\x{2126}\\x{2128}\\x{212A}-\\x{212D}\\x{212F}-\\x{2134}\\x{2139}"
    "\\x{213C}-\\x{213F}\\x{2145}-\\x{2149}\\x{214E}\\x{2183}\\x{2184}\\x{2C00}-\\x{2C7B}\\x{2C7E}-\\x{2CE4}"
    "\\x{2CEB}-\\x{2CEE}\\x{2CF2}\\x{2CF3}\\x{A640}-\\x{A66D}\\x{A680}-\\x{A69B}\\x{A722}-\\x{A76F}"
    "\\x{A771}-\\x{A787}\\x{A78B}-\\x{A78E}\\x{AB70}-\\x{ABBF}\\x{FB00}-\\x{FB06}\\x{FB13}-\\x{FB17}"
    "\\x{FF21}-\\x{FF3A}\\x{FF41}-\\x{FF5A}\\x{10400}-\\x{1044F}\\x{104B0}-\\x{104D3}\\x{104D8}-\\x{104FB}"
    "\\x{10C80}-\\x{10CB2}\\x{10CC0}-\\x{10CF2}\\x{118A0}-\\x{118DF}\\x{1E900}-\\x{1E943}]+";

// Digits in threes from the right. What is before a number stays with its first group.
constexpr std::string_view kDigitsFromRight = "\\P{N}*+(?:(?<!\\p{N})\\p{N}{1,2}(?=(?:\\p{N}{3})*+(?!\\p{N}))|\\p{N}{3})";
// Boundaries before every third digit from the right.
constexpr std::string_view kBeforeThirds = "(?<![0-9])[0-9]{0,2}\\K(?=(?:[0-9]{3})++(?![0-9]))|\\G[0-9]{3}\\K(?=[0-9])";

constexpr std::string_view kPoro = " ?[^(\\s|.,!?…。，、।۔،)]+";

std::vector<PreTokenizer> make_table() {
    const std::vector<std::string_view> gpt2{kGpt2}, digits_gpt2{"\\p{N}", kGpt2}, llama3{kLlama3}, qwen2{kQwen2}, gpt4o{kGpt4o},
        deepseek3{kDigits3, kIdeographs, kDeepseek3}, lines{kLines};
    return {
        {{"default"}, 0, {"[\\p{P}$+<=>^~|]+", kGpt2, "\\p{N}+", "[0-9][0-9][0-9]"}},
        {{"llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2", "jina-v5-nano"},
         kPreIgnoreMerges | kPreAddBos,
         llama3},
        {{"dbrx", "smaug-bpe"}, 0, llama3},
        {{"chatglm-bpe"}, kPreNoBos, llama3},
        {{"glm4", "glm5"}, kPreNoBos | kPreIgnoreMerges, llama3},
        {{"minicpm5"},
         kPreIgnoreMerges,
         {kDigits3, CONTRACTION "|" LETTERS "|\\p{N}+|" SYMBOLS "[\\r\\n]*|" SPACES}},
        {{"jais-2"},
         0,
         // White space after white space other than newlines has none of those any more.
         {CONTRACTION "|" LETTERS "|\\p{N}{1,3}|" SYMBOLS "[\\r\\n]*|(?<![\\t\\x0B\\f \\x{85}\\x{A0}\\x{1680}\\x{2000}-\\x{200A}"
                      "\\x{2028}\\x{2029}\\x{202F}\\x{205F}\\x{3000}])\\s*[\\r\\n]+|\\s{512}(?!\\S)|\\s{256}(?!\\S)|\\s{128}(?!\\S)|"
                      "\\s{64}(?!\\S)|\\s{32}(?!\\S)|\\s{16}(?!\\S)|\\s{8}(?!\\S)|\\s{4}(?!\\S)|\\s{1,2}(?!\\S)|\\s"}},
        {{"deepseek-llm"},
         0,
         {"[\\r\\n]", kDeepseekLetters, "\\s?[!-/:-~！-／：-～‘-‟、-。]+", "(?<!\\s)\\s++\\z", kDeepseekIdeographs, "\\p{N}+"}},
        {{"deepseek-coder"}, 0, {"[\\r\\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", kDeepseekIdeographs, "\\p{N}"}},
        {{"deepseek-v3", "hunyuan-dense", "joyai-llm", "hy_v4"}, 0, deepseek3},
        {{"spark2_5"},
         0,
         {kDigits3, kIdeographs,
          "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| "
          "?[\\p{P}\\p{S}]+|[\\r\\n]|\\s+(?!\\S)|\\s+",
          "\\p{N}"}},
        {{"youtu"},
         kPreIgnoreMerges,
         {"[가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-〿︰-﹏]+|[ㄅ-ㄯ]+|[一-龥぀-ゟ゠-ヿ]+",
          "[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+" CONTRACTION "?|\\p{N}|" SYMBOLS "[\\r\\n/]*|" SPACES}},
        {{"falcon"}, 0, {"[\\p{P}$+<=>^~|`]+", kGpt2, "[0-9][0-9][0-9]"}},
        {{"starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b", "mellum2"}, 0, digits_gpt2},
        {{"gpt-2",      "phi-2",   "mpt",    "olmo",        "jais",       "jina-es",      "jina-de",
          "jina-v2-es", "jina-v2-de", "jina-v1-en", "jina-v2-code", "roberta-bpe", "gigachat", "a.x-4.0",
          "mellum",     "modern-bert", "exaone4", "trillion", "granite-docling"},
         0,
         gpt2},
        {{"qwen2", "deepseek-r1-qwen", "kormo", "f2llmv2", "stablelm2", "megrez", "hunyuan", "solar-open", "grok-2"}, 0, qwen2},
        {{"qwen35"},
         0,
         {CONTRACTION "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|" SPACES}},
        {{"ufakzeka"}, 0, {LETTERS "|\\p{N}|" SYMBOLS "[\\r\\n]*|" SPACES}},
        {{"poro-chat", "bloom", "gpt3-finnish"}, 0, {kPoro}},
        {{"viking"}, 0, {kPoro, "\\p{N}"}},
        {{"tekken"}, kPreIgnoreMerges | kPreAddBos, {CASED("") "|\\p{N}|" SYMBOLS "[\\r\\n/]*|" SPACES}},
        {{"chameleon"},
         kPreAddBos,
         {"<sentinel:[0-9]+>", "IMGIMG[A-I]{1,4}Z", "[\\t\\n]|    |  ", "\\p{N}", "[\\p{P}!-/:-@\\[-`{-~]", kGpt2}},
        {{"gpt-4o", "llama4", "kanana2", "talkie", "minimax-m2"}, 0, gpt4o},
        {{"granite-embed-multi-97m"},
         kPreIgnoreMerges,
         {"[^\\r\\n\\p{L}\\p{N}]?[^a-z" NEITHER "]*[^A-Z" NEITHER "]+" CONTRACTION
          "?|[^\\r\\n\\p{L}\\p{N}]?[^a-z" NEITHER "]+[^A-Z" NEITHER "]*" CONTRACTION
          "?|\\p{N}{1,3}|" SYMBOLS "[\\r\\n/]*|" SPACES}},
        {{"tiny_aya", "cohere2moe"},
         0,
         {kDigitsFromRight,
          "[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+" CONTRACTION "?|\\p{N}{1,3}|" SYMBOLS "[\\r\\n/]*|" SPACES}},
        {{"kimi-k2"},
         0,
         {"[" HAN "]+|[^\\r\\n\\p{L}\\p{N}]?[^" HAN "\\P{L}]+" CONTRACTION "?|\\p{N}{1,3}|" SYMBOLS "[\\r\\n]*|" SPACES}},
        {{"superbpe"}, 0, {"\\p{N}+", kBeforeThirds}},
        {{"bailingmoe", "bailingmoe2", "llada-moe"},
         0,
         {"'(?:[sSdDmMtT]|[lL][lL]|[vV][eE]|[rR][eE])|" LETTERS "|\\p{N}|" SYMBOLS "[\\r\\n]*|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+"}},
        {{"seed-coder"}, 0, {CONTRACTION "|" LETTERS "|\\p{N}| ?[^\\s\\p{L}\\p{N}\\r\\n]+|" SPACES}},
        {{"afmoe"},
         0,
         {kDigitsFromRight, "[一-鿿㐀-䶿豈-﫿぀-ゟ゠-ヿ･-ﾟ⼀-⿟เ-๿຀-໿ក-៿က-႟ꩠ-ꩿꧠ-꧿가-힯ᄀ-ᇿ]+", kDeepseek3}},
        {{"laguna"}, 0, {kLines, kQwen2}},
        {{"exaone-moe"},
         0,
         {CONTRACTION "|[^\\r\\n\\p{L}\\p{N}]?(?:\\p{L}\\p{M}*+(?: \\p{L}\\p{M}*+)*+)++|\\p{N}|" SYMBOLS
                      "[\\r\\n/]?|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+"}},
        {{"gemma4", "granite-embed-multi-311m"}, kPreRawBytes | kPreSpaceBlocks | kPreWholeNewlines | kPreAlwaysBos, lines},
        {{"sarvam-moe"}, kPreRawBytes | kPreSpaceBlocks, lines},
        {{"whitespace"}, kPreRawBytes, {"\\S+"}},
    };
}

}  // namespace

const std::vector<PreTokenizer>& pre_tokenizers() {
    static const std::vector<PreTokenizer> table = make_table();
    return table;
}

const PreTokenizer* find_pre_tokenizer(std::string_view name) {
    for (const auto& row : pre_tokenizers()) {
        if (std::find(row.names.begin(), row.names.end(), name) != row.names.end()) return &row;
    }
    return nullptr;
}

}  // namespace dlgo
