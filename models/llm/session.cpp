#include "models/llm/session.h"

#include <algorithm>

#include "core/base/error.h"

namespace dlgo {

Session::Session(std::shared_ptr<const Model> model, uint32_t n_ctx, uint32_t n_ubatch, CacheType cache_type) : model_(std::move(model)) {
    if (!model_->has_weights()) fail(DLGO_ERROR_INVALID_ARGUMENT, "the model was loaded with vocab_only");
    if (n_ctx > kMaxContext) fail(DLGO_ERROR_INVALID_ARGUMENT, "n_ctx is %u, at most %u is possible", n_ctx, kMaxContext);
    if (n_ubatch > 4096) fail(DLGO_ERROR_INVALID_ARGUMENT, "n_ubatch is %u, at most 4096 is possible", n_ubatch);
    SessionSpec spec;
    spec.cache_type = cache_type;
    if (n_ubatch > 0) spec.n_ubatch = n_ubatch;
    spec.n_ctx = n_ctx > 0 ? n_ctx : model_->default_context(spec);
    spec.n_ubatch = std::min(spec.n_ubatch, spec.n_ctx);
    executor_ = model_->create_executor(spec);
    for (const StateSpec& state : executor_->plan().states) {
        recurrent_ = recurrent_ || state.kind == StateKind::Recurrent;
        windowed_ = windowed_ || (state.kind == StateKind::Kv && kv_capacity(state, spec) < spec.n_ctx);
    }
}

// ---- what is still known ------------------------------------------------------------------------------------------

// A query at `position` sees the window - 1 entries before it.
bool Session::ring_holds(const StateSpec& state, size_t position) const noexcept {
    if (state.kind != StateKind::Kv || state.window == 0) return true;
    if (position < ring_floor_ && position + 1 > state.window) return false;
    const size_t capacity = kv_capacity(state, executor_->spec());
    const size_t oldest = high_water_ > capacity ? high_water_ - capacity : 0;
    const size_t first = position + 1 > state.window ? position + 1 - state.window : 0;
    return first >= oldest;
}

bool Session::rings_hold(size_t position) const noexcept {
    const auto& states = executor_->plan().states;
    return std::all_of(states.begin(), states.end(), [&](const StateSpec& s) { return ring_holds(s, position); });
}

bool Session::known(size_t position) const noexcept {
    if (position == 0) return true;
    if (position != mark_.position && !rings_hold(position)) return false;
    return !recurrent_ || std::any_of(checkpoints_.begin(), checkpoints_.end(), [&](const Checkpoint& c) { return c.position == position; });
}

uint32_t Session::slot_at(size_t position) const noexcept {
    for (const Checkpoint& c : checkpoints_) {
        if (c.position == position) return c.slot;
    }
    return 0;  // position 0: not read
}

// A slot to write to. When all are taken the oldest checkpoint goes, but never that of the call's beginning, the current nor the marked one.
uint32_t Session::take_slot(size_t base) {
    const auto taken = [&](uint32_t slot) {
        return std::any_of(checkpoints_.begin(), checkpoints_.end(), [&](const Checkpoint& c) { return c.slot == slot; });
    };
    for (uint32_t slot = 0; slot < executor_->spec().n_slots; ++slot) {
        if (!taken(slot)) return slot;
    }
    const auto victim = std::find_if(checkpoints_.begin(), checkpoints_.end(), [&](const Checkpoint& c) {
        return c.position != base && c.position != tokens_.size() && c.position != mark_.position;
    });
    const uint32_t slot = victim->slot;
    checkpoints_.erase(victim);
    return slot;
}

void Session::forget_after(size_t position) noexcept {
    std::erase_if(checkpoints_, [&](const Checkpoint& c) { return c.position > position; });
    tokens_.resize(position);
    position_ = position;
    if (position < mark_.position) mark_ = Mark();
    if (position == 0) high_water_ = ring_floor_ = 0;
}

void Session::truncate(size_t n_keep) {
    if (n_keep > tokens_.size()) {
        fail(DLGO_ERROR_INVALID_ARGUMENT, "cannot keep %zu tokens: the session has %zu", n_keep, tokens_.size());
    }
    if (!known(n_keep)) {
        fail(DLGO_ERROR_UNSUPPORTED, "the model's state after %zu of %zu tokens is no longer known", n_keep, tokens_.size());
    }
    go_back(n_keep);
}

size_t Session::truncate_at_most(size_t n_keep) {
    n_keep = std::min(n_keep, tokens_.size());
    if (!known(n_keep)) {
        size_t best = mark_.position <= n_keep && known(mark_.position) ? mark_.position : 0;
        for (const Checkpoint& c : checkpoints_) {
            if (c.position <= n_keep && known(c.position)) best = std::max(best, c.position);
        }
        n_keep = best;
    }
    go_back(n_keep);
    return n_keep;
}

// To a known position.
void Session::go_back(size_t position) {
    if (position > 0 && !rings_hold(position)) {
        for (const RingCopy& w : mark_.windows) {
            const dlgo_status status = executor_->write_state(w.state, w.begin, w.end, w.bytes.data());
            if (status != DLGO_OK) lost_ = true;
            check(status);
        }
        high_water_ = ring_floor_ = position;
    }
    forget_after(position);
}

void Session::mark() {
    mark_ = Mark();
    if (lost_) return;
    Mark mark;
    mark.position = tokens_.size();
    const auto& states = executor_->plan().states;
    for (size_t i = 0; i < states.size(); ++i) {
        if (states[i].kind != StateKind::Kv || kv_capacity(states[i], executor_->spec()) == n_ctx()) continue;
        const size_t window = std::min<size_t>(states[i].window, tokens_.size());
        mark.windows.push_back(copy_ring(i, tokens_.size() - window, tokens_.size()));
    }
    mark_ = std::move(mark);
}

// ---- eval ---------------------------------------------------------------------------------------------------------

void Session::check(dlgo_status status) const {
    switch (status) {
        case DLGO_OK: return;
        case DLGO_ERROR_CANCELLED: fail(status, "cancelled");
        case DLGO_ERROR_DEVICE: fail(status, "the device failed or was lost; the session cannot be used any more");
        default: fail(status, "running the model failed: %s", dlgo_status_string(status));
    }
}

Session::RingCopy Session::copy_ring(size_t state, size_t begin, size_t end) {
    RingCopy ring{static_cast<uint16_t>(state), static_cast<uint32_t>(begin), static_cast<uint32_t>(end), {}};
    ring.bytes.resize(state_bytes(executor_->plan().states[state], executor_->spec().cache_type, ring.begin, ring.end));
    check(executor_->read_state(ring.state, ring.begin, ring.end, ring.bytes.data()));
    return ring;
}

Session::RingBackup Session::back_up_rings(size_t n_new) {
    RingBackup out;
    out.high_water = high_water_;
    const size_t position = tokens_.size();
    const SessionSpec& spec = executor_->spec();
    if (position == 0 || n_new <= spec.n_ubatch) return out;  // a ring holds its window and one batch
    const auto& states = executor_->plan().states;
    for (size_t i = 0; i < states.size(); ++i) {
        if (states[i].kind != StateKind::Kv || kv_capacity(states[i], spec) == spec.n_ctx) continue;
        const size_t capacity = kv_capacity(states[i], spec);
        out.copies.push_back(copy_ring(i, high_water_ > capacity ? high_water_ - capacity : 0, position));
    }
    return out;
}

void Session::roll_back(size_t base, const RingBackup& rings) {
    for (const RingCopy& ring : rings.copies) {
        if (executor_->write_state(ring.state, ring.begin, ring.end, ring.bytes.data()) != DLGO_OK) lost_ = true;
    }
    if (!rings.copies.empty()) high_water_ = rings.high_water;
    forget_after(base);
}

void Session::run(std::span<const int32_t> tokens, uint32_t logits_rows, float* logits, size_t base) {
    StepParams params;
    params.tokens = tokens.data();
    params.rows = static_cast<uint32_t>(tokens.size());
    params.position = static_cast<uint32_t>(tokens_.size());
    params.logits_rows = logits_rows;
    params.logits = logits;
    params.cancel = &cancel_;
    if (recurrent_) {
        params.state_in = slot_at(tokens_.size());
        params.state_out = take_slot(base);
    }
    high_water_ = std::max(high_water_, tokens_.size() + tokens.size());
    const dlgo_status status = executor_->run(params);
    if (status == DLGO_ERROR_DEVICE) lost_ = true;
    check(status);
    const size_t before = tokens_.size();
    tokens_.insert(tokens_.end(), tokens.begin(), tokens.end());
    position_ = tokens_.size();
    if (recurrent_) {
        // What lies between the beginning of the call and its end is not kept.
        if (before != base) std::erase_if(checkpoints_, [&](const Checkpoint& c) { return c.position == before; });
        checkpoints_.push_back({tokens_.size(), params.state_out, false});
    }
}

void Session::eval(std::span<const int32_t> tokens, Rows rows, float* logits) {
    if (lost_) fail(DLGO_ERROR_DEVICE, "the device failed or was lost; the session cannot be used any more");
    const size_t base = tokens_.size();
    if (tokens.empty()) {
        if (rows != Rows::None) fail(DLGO_ERROR_INVALID_ARGUMENT, "logits of no tokens");
        return;
    }
    if (tokens.size() > n_ctx() - base) {
        fail(DLGO_ERROR_CONTEXT_FULL, "%zu tokens do not fit: %zu of %u are in use", tokens.size(), base, n_ctx());
    }
    const uint32_t n_vocab = executor_->plan().n_vocab;
    for (const int32_t token : tokens) {
        if (token < 0 || static_cast<uint32_t>(token) >= n_vocab) {
            fail(DLGO_ERROR_INVALID_ARGUMENT, "token %d is not in the vocabulary of %u", token, n_vocab);
        }
    }
    tokens_.reserve(base + tokens.size());
    const RingBackup rings = back_up_rings(tokens.size());
    try {
        for (size_t done = 0; done < tokens.size();) {
            const size_t n = std::min<size_t>(executor_->spec().n_ubatch, tokens.size() - done);
            const bool last = done + n == tokens.size();
            const auto logits_rows = static_cast<uint32_t>(rows == Rows::All ? n : rows == Rows::Last && last ? 1 : 0);
            run(tokens.subspan(done, n), logits_rows, logits_rows > 0 ? logits + (rows == Rows::All ? done * n_vocab : 0) : nullptr, base);
            done += n;
        }
    } catch (...) {
        roll_back(base, rings);
        throw;
    }
    // Ends of long evals stay, so that the next turn of a chat can go back to them; single tokens leave no trail.
    std::erase_if(checkpoints_, [&](const Checkpoint& c) { return c.position == base && !c.anchor; });
    if (recurrent_) checkpoints_.back().anchor = tokens.size() > 1 || base == 0;
}

}  // namespace dlgo
