// SentencePiece's BPE: neighbours whose joint spelling is a token merge, highest score first.
#include <bit>

#include "core/text/merge_list.h"
#include "core/text/pre_tokenizer.h"
#include "core/text/run_encoder.h"
#include "core/text/vocab.h"

namespace dlgo {
namespace {

// Unsigned numbers in the opposite order of the scores.
uint32_t priority_of(float score) noexcept {
    const auto bits = std::bit_cast<uint32_t>(score + 0.0f);  // one zero only
    return bits >> 31 ? bits : ~bits & 0x7FFFFFFFu;
}

class Spm final : public RunEncoder {
public:
    explicit Spm(const Vocab& vocab) : vocab_(vocab) {
        for (uint32_t b = 0; b < 256; ++b) {
            const char text[] = {static_cast<char>(b)};
            byte_[b] = vocab.find_byte(static_cast<uint8_t>(b));
            if (byte_[b] < 0) byte_[b] = vocab.find({text, 1});
            if (byte_[b] < 0) byte_[b] = vocab.unk;
        }
    }

    void encode(std::string_view run, bool first, std::vector<int32_t>& out) const override {
        std::string text = with_space_blocks(run);
        if (first && vocab_.add_space_prefix) text.insert(0, kSpaceBlock);
        MergeList list;
        for (size_t at = 0; at < text.size();) {
            const uint32_t length = lead_length(text[at], text.size() - at);
            list.push(static_cast<uint32_t>(at), length, vocab_.find_plain({text.data() + at, length}));
            at += length;
        }
        list.merge([&](const Symbol& a, const Symbol& b) -> Join {
            const int32_t id = vocab_.find_plain({text.data() + a.begin, a.length + b.length});
            return {id, id < 0 ? 0 : priority_of(vocab_.scores[static_cast<size_t>(id)])};
        });
        for (const Symbol& symbol : list.symbols()) {
            if (symbol.length == 0) continue;
            if (symbol.id >= 0) {
                out.push_back(symbol.id);
                continue;
            }
            for (const char c : std::string_view(text).substr(symbol.begin, symbol.length)) {
                const int32_t id = byte_[static_cast<uint8_t>(c)];
                if (id >= 0) out.push_back(id);
            }
        }
    }

private:
    const Vocab& vocab_;
    int32_t byte_[256];
};

}  // namespace

std::string with_space_blocks(std::string_view text) {
    std::string out;
    out.reserve(text.size() + text.size() / 2);
    for (const char c : text) {
        if (c == ' ') {
            out.append(kSpaceBlock);
        } else {
            out.push_back(c);
        }
    }
    return out;
}

std::unique_ptr<const RunEncoder> make_spm(const Vocab& vocab) { return std::make_unique<const Spm>(vocab); }

}  // namespace dlgo
