// One conversation: tokens, key/value cache, recurrent states. One thread at a time; cancel() from any.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "models/llm/model.h"

namespace dlgo {

class Session {
public:
    // Fields as in dlgo_session_options, 0 = default.
    Session(std::shared_ptr<const Model> model, uint32_t n_ctx, uint32_t n_ubatch, CacheType cache_type);

    const Model& model() const noexcept { return *model_; }
    uint32_t n_ctx() const noexcept { return executor_->spec().n_ctx; }
    size_t position() const noexcept { return position_.load(std::memory_order_relaxed); }  // from any thread
    const std::vector<int32_t>& tokens() const noexcept { return tokens_; }

    enum class Rows { None, Last, All };
    // Appends tokens; logits: [n_vocab] or [tokens.size(), n_vocab], nullptr for Rows::None. On an Error the session is where it was before.
    void eval(std::span<const int32_t> tokens, Rows rows, float* logits);

    // UNSUPPORTED when the state at n_keep is no longer known.
    void truncate(size_t n_keep);
    // Keeps as many of the first n_keep tokens as possible; returns how many.
    size_t truncate_at_most(size_t n_keep);
    // Whether truncate() may fail: recurrent states and windowed caches know only some positions.
    bool forgets() const noexcept { return recurrent_ || windowed_; }
    // The current position, the end of an eval of several tokens, can be gone back to until another one is marked.
    void mark();

    void save(const std::string& path);
    void restore(const std::string& path);

    void cancel() noexcept { cancel_.store(true, std::memory_order_relaxed); }
    // Forgets earlier requests, at the beginning of a call.
    void clear_cancel() noexcept { cancel_.store(false, std::memory_order_relaxed); }
    bool cancelled() const noexcept { return cancel_.load(std::memory_order_relaxed); }

private:
    // Copies of the recurrent states at a position.
    struct Checkpoint {
        size_t position;
        uint32_t slot;
        bool anchor;
    };
    // Entries of a windowed cache that a long eval overwrites and a failure needs again.
    struct RingCopy {
        uint16_t state;
        uint32_t begin, end;
        std::vector<std::byte> bytes;
    };
    struct Mark {
        size_t position = 0;
        std::vector<RingCopy> windows;
    };
    // What a file holds of a state.
    struct StateRange {
        uint16_t state;
        uint32_t begin, end;
        uint64_t bytes;
    };
    struct RingBackup {
        size_t high_water = 0;
        std::vector<RingCopy> copies;
    };

    bool known(size_t position) const noexcept;
    bool rings_hold(size_t position) const noexcept;
    RingCopy copy_ring(size_t state, size_t begin, size_t end);
    void go_back(size_t position);
    bool ring_holds(const StateSpec& state, size_t position) const noexcept;
    uint32_t take_slot(size_t base);
    uint32_t slot_at(size_t position) const noexcept;
    void forget_after(size_t position) noexcept;
    RingBackup back_up_rings(size_t n_new);
    void roll_back(size_t base, const RingBackup& rings);
    void run(std::span<const int32_t> tokens, uint32_t logits_rows, float* logits, size_t base);
    void check(dlgo_status status) const;
    std::string fingerprint() const;
    std::vector<StateRange> saved_states(size_t position) const;
    uint32_t first_entry(const StateRange& range) const noexcept;

    std::shared_ptr<const Model> model_;
    std::unique_ptr<Executor> executor_;
    std::vector<int32_t> tokens_;
    std::atomic<size_t> position_{0};  // tokens_.size()
    bool recurrent_ = false, windowed_ = false;
    std::vector<Checkpoint> checkpoints_;  // by position; the last may be the current one
    Mark mark_;
    size_t high_water_ = 0;                // positions that windowed caches have been written up to
    size_t ring_floor_ = 0;                // a restored session knows no window that ends before this position
    bool lost_ = false;                    // the device failed
    std::atomic<bool> cancel_{false};
};

}  // namespace dlgo
