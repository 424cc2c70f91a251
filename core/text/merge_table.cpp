#include "core/text/merge_table.h"

#include <bit>

#include "core/text/vocab.h"

namespace dlgo {

MergeTable::MergeTable(const Vocab& vocab, const std::vector<std::string_view>& merges)
    : vocab_(vocab), slots_(std::bit_ceil(2 * merges.size() + 2)) {
    std::string joint;
    for (size_t rank = 0; rank < merges.size(); ++rank) {
        const auto merge = merges[rank];
        const size_t space = merge.find(' ', 1);
        if (space == merge.npos || space + 1 == merge.size()) continue;  // never applies
        const auto left = merge.substr(0, space), right = merge.substr(space + 1);
        joint.assign(left).append(right);
        const uint64_t key = key_of(intern(left), intern(right));
        size_t at = place(key);
        while (slots_[at].key != kEmpty && slots_[at].key != key) at = (at + 1) & (slots_.size() - 1);
        if (slots_[at].key == kEmpty) slots_[at] = {key, intern(joint), static_cast<uint32_t>(rank)};
    }
}

int32_t MergeTable::symbol(std::string_view text) const {
    const int32_t id = vocab_.find_plain(text);
    if (id >= 0 || extra_.empty()) return id;
    const auto it = extra_.find(std::string(text));
    return it == extra_.end() ? -1 : it->second;
}

int32_t MergeTable::intern(std::string_view text) {
    const int32_t id = vocab_.find_plain(text);
    if (id >= 0) return id;
    return extra_.try_emplace(std::string(text), vocab_.size() + static_cast<int32_t>(extra_.size())).first->second;
}

}  // namespace dlgo
