// Byte pair encoding by ranked merges, over GPT-2's stand-ins for bytes or over characters.
#include "core/base/error.h"
#include "core/gguf/gguf.h"
#include "core/text/byte_alphabet.h"
#include "core/text/merge_list.h"
#include "core/text/merge_table.h"
#include "core/text/pre_tokenizer.h"
#include "core/text/run_encoder.h"
#include "core/text/unicode_text.h"
#include "core/text/vocab.h"

namespace dlgo {
namespace {

class Bpe final : public RunEncoder {
public:
    Bpe(const Vocab& vocab, const std::vector<std::string_view>& merges)
        : vocab_(vocab), pre_(*vocab.pre), splitter_(vocab.pre->patterns), merges_(vocab, merges) {
        for (uint32_t b = 0; b < 256; ++b) load_byte(static_cast<uint8_t>(b));
    }

    void encode(std::string_view run, bool, std::vector<int32_t>& out) const override {
        std::string blocks, repaired;
        if (pre_.has(kPreSpaceBlocks)) run = blocks = with_space_blocks(run);
        run = repair_utf8(run, repaired);
        Scratch scratch;
        size_t begin = 0;
        for (const size_t end : splitter_.split(run)) {
            encode_piece(run.substr(begin, end - begin), scratch, out);
            begin = end;
        }
    }

private:
    struct Scratch {
        MergeList list;
        std::string spelling;
    };

    void load_byte(uint8_t byte) {
        std::string spelling;
        const char c = static_cast<char>(byte);
        append_stand_ins(spelling, {&c, 1});
        symbol_[byte] = merges_.symbol(spelling);
        if (pre_.has(kPreRawBytes)) {
            alone_[byte] = vocab_.find_byte(byte);
        } else {
            alone_[byte] = spelling.size() == 1 ? vocab_.find_plain(spelling) : -1;
        }
    }

    // The token that a whole piece is without merging; -1: it has to be merged.
    int32_t whole(std::string_view piece, std::string& spelling) const {
        if (!pre_.has(kPreIgnoreMerges)) {
            const bool newlines = pre_.has(kPreWholeNewlines) && piece.find_first_not_of('\n') == piece.npos;
            return newlines ? vocab_.find_plain(piece) : -1;
        }
        if (piece.size() > vocab_.longest) return -1;
        spelling.clear();
        append_stand_ins(spelling, piece);
        return vocab_.find_plain(spelling);
    }

    void encode_piece(std::string_view piece, Scratch& scratch, std::vector<int32_t>& out) const {
        if (const int32_t id = whole(piece, scratch.spelling); id >= 0) {
            out.push_back(id);
            return;
        }
        MergeList& list = scratch.list;
        list.clear();
        for (size_t at = 0; at < piece.size();) {
            uint32_t length = 1;
            int32_t id;
            if (pre_.has(kPreRawBytes)) {
                length = lead_length(piece[at], piece.size() - at);
                id = merges_.symbol(piece.substr(at, length));
            } else {
                id = symbol_[static_cast<uint8_t>(piece[at])];
            }
            list.push(static_cast<uint32_t>(at), length, id);
            at += length;
        }
        list.merge([this](const Symbol& a, const Symbol& b) { return a.id < 0 || b.id < 0 ? Join{} : merges_.find(a.id, b.id); });
        for (const Symbol& symbol : list.symbols()) {
            if (symbol.length == 0) continue;
            if (symbol.id >= 0 && symbol.id < vocab_.size()) {
                out.push_back(symbol.id);
                continue;
            }
            for (const char c : piece.substr(symbol.begin, symbol.length)) {
                const int32_t id = alone_[static_cast<uint8_t>(c)];
                if (id >= 0) out.push_back(id);
            }
        }
    }

    const Vocab& vocab_;
    const PreTokenizer& pre_;
    const PreSplitter splitter_;
    const MergeTable merges_;
    int32_t symbol_[256];  // of a byte's stand-in
    int32_t alone_[256];   // the token for a byte of a symbol that is no token; -1: it is dropped
};

}  // namespace

std::unique_ptr<const RunEncoder> make_bpe(const Vocab& vocab, const Gguf& gguf) {
    constexpr const char* kMerges = "tokenizer.ggml.merges";
    const bool without = vocab.pre == find_pre_tokenizer("kimi-k2") && !gguf.has(kMerges);
    const std::vector<std::string_view> none;
    return std::make_unique<const Bpe>(vocab, without ? none : gguf.get_strings(kMerges));
}

}  // namespace dlgo
