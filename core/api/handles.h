// What the opaque handles are.
#pragma once
#include <atomic>
#include <memory>

#include "models/llm/session.h"

struct dlgo_llm {
    std::shared_ptr<const dlgo::Model> model;
};

struct dlgo_session {
    dlgo::Session session;
    std::atomic<bool> busy{false};
};

namespace dlgo::api {

// The one call at a time that a session serves.
class Busy {
public:
    explicit Busy(dlgo_session* handle);
    ~Busy() { handle_->busy.store(false, std::memory_order_release); }
    Busy(const Busy&) = delete;
    Busy& operator=(const Busy&) = delete;
    Session& session() noexcept { return handle_->session; }

private:
    dlgo_session* handle_;
};

const Model& model_of(const dlgo_llm* llm);

}  // namespace dlgo::api
