#include "core/text/tokenizer.h"

#include <algorithm>

#include "core/gguf/gguf.h"
#include "core/text/run_encoder.h"
#include "core/text/special_matcher.h"
#include "core/text/vocab.h"

namespace dlgo {
namespace {

constexpr size_t kLongestRun = size_t{1} << 29;  // so that offsets in it, even with blocks for spaces, are 32 bits

}  // namespace

Tokenizer::Tokenizer() = default;
Tokenizer::~Tokenizer() = default;

std::unique_ptr<Tokenizer> Tokenizer::create(const Gguf& gguf) {
    std::unique_ptr<Tokenizer> t(new Tokenizer);
    t->vocab_ = std::make_unique<const Vocab>(load_vocab(gguf));
    t->specials_ = std::make_unique<const SpecialMatcher>(*t->vocab_);
    if (t->vocab_->model == VocabModel::Spm) t->runs_ = make_spm(*t->vocab_);
    if (t->vocab_->model == VocabModel::Bpe) t->runs_ = make_bpe(*t->vocab_, gguf);
    return t;
}

std::vector<int32_t> Tokenizer::encode(std::string_view text, bool add_special, bool parse_special) const {
    SpecialScope scope;
    if (parse_special) scope.trusted.emplace_back(0, text.size());
    return encode_within(text, scope, add_special);
}

std::vector<int32_t> Tokenizer::encode(const std::vector<Piece>& pieces, bool add_special) const {
    std::string text;
    SpecialScope scope;
    scope.distrust = true;
    for (const Piece& piece : pieces) {
        const size_t begin = text.size();
        text.append(piece.text);
        if (!piece.trusted) continue;
        if (!scope.trusted.empty() && scope.trusted.back().second == begin) {
            scope.trusted.back().second = text.size();
        } else {
            scope.trusted.emplace_back(begin, text.size());
        }
    }
    return encode_within(text, scope, add_special);
}

std::vector<int32_t> Tokenizer::encode_within(std::string_view text, const SpecialScope& scope, bool add_special) const {
    std::vector<int32_t> out;
    if (!runs_) return out;
    if (add_special && adds_bos()) out.push_back(vocab_->bos);
    size_t at = 0;
    const auto run = [&](size_t end) {
        for (bool first = true; at < end; first = false) {
            const size_t length = std::min(end - at, kLongestRun);
            runs_->encode(text.substr(at, length), first, out);
            at += length;
        }
    };
    for (const SpecialMatch& match : specials_->find(text, scope)) {
        run(match.begin);
        out.push_back(match.token);
        at = match.end;
    }
    run(text.size());
    if (add_special && vocab_->add_eos && vocab_->eos >= 0) out.push_back(vocab_->eos);
    return out;
}

std::string_view Tokenizer::piece(int32_t token, bool special) const noexcept {
    if (token < 0 || token >= size() || (!special && vocab_->is_special(token))) return {};
    return vocab_->pieces[static_cast<size_t>(token)];
}

std::string Tokenizer::decode(const int32_t* tokens, size_t n, bool special) const {
    std::string out;
    bool first = vocab_->add_space_prefix;
    for (size_t i = 0; i < n; ++i) {
        std::string_view bytes = piece(tokens[i], special);
        if (first && tokens[i] != bos()) {
            if (!bytes.empty() && bytes[0] == ' ') bytes.remove_prefix(1);
            first = false;
        }
        out.append(bytes);
    }
    return out;
}

int32_t Tokenizer::size() const noexcept { return vocab_->size(); }

bool Tokenizer::is_special(int32_t token) const noexcept {
    return token >= 0 && token < size() && vocab_->is_special(token);
}

bool Tokenizer::is_end_of_generation(int32_t token) const noexcept {
    return std::binary_search(vocab_->ends.begin(), vocab_->ends.end(), token);
}

int32_t Tokenizer::bos() const noexcept { return vocab_->bos; }
int32_t Tokenizer::eos() const noexcept { return vocab_->eos; }
int32_t Tokenizer::eot() const noexcept { return vocab_->eot; }
bool Tokenizer::adds_bos() const noexcept { return vocab_->add_bos && vocab_->bos >= 0; }
int32_t Tokenizer::find(std::string_view token) const noexcept { return vocab_->find(token); }

}  // namespace dlgo
