#include "core/api/guard.h"
#include "core/api/handles.h"

using namespace dlgo;
using namespace dlgo::api;

namespace dlgo::api {

Busy::Busy(dlgo_session* handle) : handle_(handle) {
    require(handle, "session");
    if (handle->busy.exchange(true, std::memory_order_acquire)) {
        fail(DLGO_ERROR_INVALID_ARGUMENT, "the session is busy with a call in another thread");
    }
    handle->session.clear_cancel();
}

static dlgo_status eval(dlgo_session* session, const int32_t* tokens, size_t n, Session::Rows rows, float* logits) {
    return guard([&] {
        Busy busy(session);
        if (n > 0) require(tokens, "tokens");
        busy.session().eval({tokens, n}, rows, logits);
    });
}

}  // namespace dlgo::api

extern "C" {

DLGO_API void dlgo_session_options_init(dlgo_session_options* options) {
    if (!options) return;
    *options = {};
    options->struct_size = sizeof *options;
}

DLGO_API dlgo_status dlgo_session_create(dlgo_llm* llm, const dlgo_session_options* options, dlgo_session** out) {
    return guard([&] {
        require(llm, "llm");
        require(out, "out");
        const dlgo_session_options o = read_options(options, dlgo_session_options_init, {});
        if (o.kv_type != DLGO_KV_F16 && o.kv_type != DLGO_KV_F32) fail(DLGO_ERROR_INVALID_ARGUMENT, "kv_type is %d", o.kv_type);
        *out = new dlgo_session{Session(llm->model, o.n_ctx, o.n_ubatch, o.kv_type == DLGO_KV_F32 ? CacheType::F32 : CacheType::F16)};
    });
}

DLGO_API void dlgo_session_free(dlgo_session* session) { delete session; }

DLGO_API dlgo_status dlgo_session_eval(dlgo_session* session, const int32_t* tokens, size_t n, float* logits) {
    return eval(session, tokens, n, logits ? Session::Rows::Last : Session::Rows::None, logits);
}

DLGO_API dlgo_status dlgo_session_eval_all(dlgo_session* session, const int32_t* tokens, size_t n, float* logits) {
    if (!logits) return guard([] { require(nullptr, "logits"); });
    return eval(session, tokens, n, n > 0 ? Session::Rows::All : Session::Rows::None, logits);
}

DLGO_API dlgo_status dlgo_session_truncate(dlgo_session* session, size_t n_keep) {
    return guard([&] { Busy(session).session().truncate(n_keep); });
}

DLGO_API size_t dlgo_session_position(const dlgo_session* session) { return session ? session->session.position() : 0; }

DLGO_API dlgo_status dlgo_session_save(dlgo_session* session, const char* path) {
    return guard([&] { Busy(session).session().save(std::string(utf8(path, "path"))); });
}

DLGO_API dlgo_status dlgo_session_restore(dlgo_session* session, const char* path) {
    return guard([&] { Busy(session).session().restore(std::string(utf8(path, "path"))); });
}

DLGO_API void dlgo_session_cancel(dlgo_session* session) {
    if (session) session->session.cancel();
}

}  // extern "C"
