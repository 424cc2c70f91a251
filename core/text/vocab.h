// The tokens of a GGUF file: spellings, kinds, scores, the bytes they stand for, and the roles of some of them.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/text/token_index.h"

namespace dlgo {

class Gguf;
struct PreTokenizer;

enum class VocabModel : uint8_t { None, Spm, Bpe };

// A token may be several of these.
enum TokenAttr : uint16_t {
    kAttrNormal = 1,
    kAttrUnknown = 2,
    kAttrControl = 4,
    kAttrUserDefined = 8,
    kAttrUnused = 16,
    kAttrByte = 32,
    kAttrLstrip = 64,          // eats white space before it
    kAttrRstrip = 128,         // and after it
    kAttrControlInFile = 256,  // a control token that is treated as user-defined where no one distrusts the text
};

// Strings one after another.
class TextTable {
public:
    void reserve(size_t n, size_t bytes) {
        end_.reserve(n);
        bytes_.reserve(bytes);
    }
    void push(std::string_view text) {
        bytes_.append(text);
        end_.push_back(bytes_.size());
    }
    size_t size() const noexcept { return end_.size(); }
    std::string_view operator[](size_t i) const noexcept {
        const size_t begin = i ? end_[i - 1] : 0;
        return {bytes_.data() + begin, end_[i] - begin};
    }

private:
    std::string bytes_;
    std::vector<size_t> end_;
};

struct Vocab {
    VocabModel model = VocabModel::None;
    const PreTokenizer* pre = nullptr;  // Bpe
    bool add_bos = false, add_eos = false, add_space_prefix = false;
    int32_t bos = -1, eos = -1, eot = -1, eom = -1, unk = -1;

    TextTable texts, pieces;
    std::vector<uint16_t> attrs;
    std::vector<float> scores;  // Spm
    std::vector<int32_t> ends;  // end of generation; sorted
    TokenIndex index;
    size_t longest = 0;         // bytes of the longest spelling

    int32_t size() const noexcept { return static_cast<int32_t>(texts.size()); }
    bool has(int32_t id, unsigned attr) const noexcept { return (attrs[static_cast<size_t>(id)] & attr) != 0; }
    bool is_special(int32_t id) const noexcept { return has(id, kAttrControl | kAttrUnknown); }
    int32_t find(std::string_view text) const noexcept {
        return index.find(text, [this](int32_t id) { return texts[static_cast<size_t>(id)]; });
    }
    // The same for what plain text may become: never a control token.
    int32_t find_plain(std::string_view text) const noexcept {
        if (text.size() > longest) return -1;
        const int32_t id = find(text);
        return id >= 0 && !is_special(id) ? id : -1;
    }
    // <0xNN>; -1 if there is none.
    int32_t find_byte(uint8_t byte) const noexcept;
};

Vocab load_vocab(const Gguf& gguf);

// The steps of load_vocab.
void load_roles(Vocab& vocab, const Gguf& gguf);      // ids that the metadata names, and those known by their spelling
void load_stripping(Vocab& vocab, const Gguf& gguf);  // kAttrLstrip, kAttrRstrip
void load_pieces(Vocab& vocab);

}  // namespace dlgo
