// Roles of tokens: from metadata, and for what converters leave out, from well-known spellings.
#include <algorithm>
#include <array>
#include <cctype>
#include <span>

#include "core/base/error.h"
#include "core/gguf/gguf.h"
#include "core/text/pre_tokenizer.h"
#include "core/text/vocab.h"

namespace dlgo {
namespace {

using Names = std::span<const std::string_view>;

constexpr std::string_view kEndOfTurn[] = {
    "<|eot_id|>",      "<|im_end|>", "<|end|>", "<end_of_turn>", "<|endoftext|>",        "<|end_of_text|>",
    "<EOT>",           "_<EOT>",     "[EOT]",   "<｜end▁of▁sentence｜>", "<end_of_utterance>"};
constexpr std::string_view kEndOfMessage[] = {"<|eom_id|>"};
constexpr std::string_view kEndOfGeneration[] = {
    "<|eot_id|>",    "<|im_end|>", "<|end|>",         "<|return|>", "<|call|>", "<|flush|>",
    "<|calls|>",     "<end_of_turn>", "<|endoftext|>", "</s>",      "<|eom_id|>", "<EOT>",
    "_<EOT>",        "[EOT]",      "[EOS]",           "<|end_of_text|>", "<end_of_utterance>", "<eos>",
    "<turn|>",       "<|tool_response>", "<｜end▁of▁sentence｜>", "[e~["};
constexpr std::string_view kFillPrefix[] = {"<|fim_prefix|>", "<fim-prefix>", "<fim_prefix>",    "<｜fim▁begin｜>",
                                            "<PRE>",          "▁<PRE>",       "<|code_prefix|>", "<|prefix|>"};
constexpr std::string_view kFillSuffix[] = {"<|fim_suffix|>", "<fim-suffix>", "<fim_suffix>",    "<｜fim▁hole｜>",
                                            "<SUF>",          "▁<SUF>",       "<|code_suffix|>", "<|suffix|>"};
constexpr std::string_view kFillMiddle[] = {"<|fim_middle|>", "<fim-middle>", "<fim_middle>",    "<｜fim▁end｜>",
                                            "<MID>",          "▁<MID>",       "<|code_middle|>", "<|middle|>"};
constexpr std::string_view kFillPad[] = {"<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]"};
constexpr std::string_view kFillRepo[] = {"<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>"};
constexpr std::string_view kFillFile[] = {"<|file_sep|>"};

// Harmony's tokens inside a message: generated text shows them.
constexpr std::string_view kHarmony[] = {"<|channel|>", "<|message|>", "<|start|>", "<|constrain|>"};

// The value of a key, or fallback; -1, also spelled as an unsigned number, is none.
int32_t id_of_key(const Gguf& gguf, const char* key, int32_t fallback, int32_t n_tokens) {
    if (!gguf.has(key)) return fallback < n_tokens ? fallback : -1;
    const int64_t id = gguf.get_int(key, -1);
    if (id == -1 || id == 0xFFFFFFFF) return -1;
    if (id < 0 || id >= n_tokens) {
        fail(DLGO_ERROR_FORMAT, "%s: key '%s': %lld is not one of the %d tokens", gguf.path().c_str(), key,
             static_cast<long long>(id), n_tokens);
    }
    return static_cast<int32_t>(id);
}

void make_control(Vocab& vocab, int32_t id) { vocab.attrs[static_cast<size_t>(id)] |= kAttrControl; }

// The token of a key, else the first of the names that is in the vocabulary, which is a control token then.
int32_t find_role(Vocab& vocab, const Gguf& gguf, const char* key, Names names) {
    int32_t id = id_of_key(gguf, key, -1, vocab.size());
    for (size_t i = 0; id < 0 && i < names.size(); ++i) {
        id = vocab.find(names[i]);
        if (id >= 0) make_control(vocab, id);
    }
    return id;
}

struct FillRole {
    const char *key, *old_key;
    Names names;
    bool ends;
};

const FillRole kFillRoles[] = {
    {"tokenizer.ggml.fim_pre_token_id", "tokenizer.ggml.prefix_token_id", kFillPrefix, false},
    {"tokenizer.ggml.fim_suf_token_id", "tokenizer.ggml.suffix_token_id", kFillSuffix, false},
    {"tokenizer.ggml.fim_mid_token_id", "tokenizer.ggml.middle_token_id", kFillMiddle, false},
    {"tokenizer.ggml.fim_pad_token_id", nullptr, kFillPad, true},
    {"tokenizer.ggml.fim_rep_token_id", nullptr, kFillRepo, true},
    {"tokenizer.ggml.fim_sep_token_id", nullptr, kFillFile, true},
};

void load_fill_roles(Vocab& vocab, const Gguf& gguf) {
    for (const FillRole& role : kFillRoles) {
        const bool old = role.old_key && gguf.has(role.old_key);
        const int32_t id = find_role(vocab, gguf, old ? role.old_key : role.key, role.names);
        if (id >= 0 && role.ends) vocab.ends.push_back(id);
    }
}

bool ends(const Vocab& vocab, std::string_view name) {
    const int32_t id = vocab.find(name);
    return id >= 0 && std::find(vocab.ends.begin(), vocab.ends.end(), id) != vocab.ends.end();
}

// Takes a token out of those that end generation.
void keep_going(Vocab& vocab, std::string_view name, uint16_t attr) {
    const int32_t id = vocab.find(name);
    std::erase(vocab.ends, id);
    auto& attrs = vocab.attrs[static_cast<size_t>(id)];
    attrs = static_cast<uint16_t>(attr | (attrs & kAttrControlInFile));
}

void load_ends(Vocab& vocab) {
    for (const auto name : kEndOfGeneration) {
        if (const int32_t id = vocab.find(name); id >= 0) {
            make_control(vocab, id);
            vocab.ends.push_back(id);
        }
    }
    for (const auto name : kHarmony) {
        if (const int32_t id = vocab.find(name); id >= 0) {
            auto& attrs = vocab.attrs[static_cast<size_t>(id)];
            attrs = static_cast<uint16_t>(kAttrUserDefined | (attrs & kAttrControlInFile));
        }
    }
    for (const int32_t id : {vocab.eos, vocab.eot, vocab.eom}) {
        if (id >= 0) vocab.ends.push_back(id);
    }
    // Where calls and returns have tokens of their own, <|end|> only ends a message.
    const bool calls = ends(vocab, "<|call|>") || ends(vocab, "<|calls|>");
    if (calls && (ends(vocab, "<|return|>") || ends(vocab, "<|flush|>")) && ends(vocab, "<|end|>")) {
        keep_going(vocab, "<|end|>", kAttrUserDefined);
    }
    // Gemma 4 and PLaMo have HTML's </s> as a word.
    if ((ends(vocab, "<|tool_response>") || ends(vocab, "<|plamo:eos|>")) && ends(vocab, "</s>")) {
        keep_going(vocab, "</s>", kAttrNormal);
        vocab.attrs[static_cast<size_t>(vocab.find("</s>"))] = kAttrNormal;
    }
    std::sort(vocab.ends.begin(), vocab.ends.end());
    vocab.ends.erase(std::unique(vocab.ends.begin(), vocab.ends.end()), vocab.ends.end());
}

bool contains_any(std::string_view text, std::initializer_list<std::string_view> words) {
    return std::any_of(words.begin(), words.end(), [&](auto word) { return text.find(word) != text.npos; });
}

void set_attr(Vocab& vocab, std::string_view name, TokenAttr attr, bool on) {
    const int32_t id = vocab.find(name);
    if (id < 0) return;
    auto& attrs = vocab.attrs[static_cast<size_t>(id)];
    attrs = static_cast<uint16_t>(on ? attrs | attr : attrs & ~attr);
}

}  // namespace

void load_roles(Vocab& vocab, const Gguf& gguf) {
    const int32_t n = vocab.size();
    vocab.bos = id_of_key(gguf, "tokenizer.ggml.bos_token_id", vocab.bos, n);
    vocab.eos = id_of_key(gguf, "tokenizer.ggml.eos_token_id", vocab.eos, n);
    vocab.unk = id_of_key(gguf, "tokenizer.ggml.unknown_token_id", vocab.unk, n);
    vocab.add_bos = gguf.get_bool("tokenizer.ggml.add_bos_token", vocab.add_bos);
    vocab.add_eos = gguf.get_bool("tokenizer.ggml.add_eos_token", false);
    if (vocab.pre && vocab.pre->has(kPreAlwaysBos)) vocab.add_bos = true;
    vocab.eot = find_role(vocab, gguf, "tokenizer.ggml.eot_token_id", kEndOfTurn);
    vocab.eom = find_role(vocab, gguf, "tokenizer.ggml.eom_token_id", kEndOfMessage);
    load_fill_roles(vocab, gguf);
    load_ends(vocab);
}

// Files do not say which special tokens eat white space; models do.
void load_stripping(Vocab& vocab, const Gguf& gguf) {
    std::string name(gguf.get_string("general.name", ""));
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const auto pre = gguf.get_string("tokenizer.ggml.pre", "");
    if (contains_any(pre, {"jina-v2-de", "jina-v2-es", "jina-v2-code"})) {
        set_attr(vocab, "<mask>", kAttrLstrip, true);
    } else if (contains_any(name, {"phi-3", "phi3"})) {
        for (auto& attrs : vocab.attrs) {
            if (attrs & (kAttrControl | kAttrUserDefined | kAttrUnknown)) attrs |= kAttrRstrip;
        }
        set_attr(vocab, "</s>", kAttrRstrip, true);
        for (const auto token : {"<unk>", "<s>", "<|endoftext|>"}) set_attr(vocab, token, kAttrRstrip, false);
    } else if (contains_any(name, {"modern-bert"})) {
        set_attr(vocab, "[MASK]", kAttrLstrip, true);
    }
}

}  // namespace dlgo
