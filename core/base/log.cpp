#include "core/base/log.h"

#include <cstdarg>
#include <cstdio>
#include <mutex>

namespace dlgo {

static std::mutex g_mutex;
static dlgo_log_callback g_callback = nullptr;
static void* g_user_data = nullptr;

void set_log_callback(dlgo_log_callback callback, void* user_data) {
    std::lock_guard lock(g_mutex);
    g_callback = callback;
    g_user_data = user_data;
}

void log(int level, const char* format, ...) noexcept {
    dlgo_log_callback callback;
    void* user_data;
    {
        std::lock_guard lock(g_mutex);
        callback = g_callback;
        user_data = g_user_data;
    }
    if (!callback) return;
    char line[1024];  // longer lines are cut
    va_list args;
    va_start(args, format);
    std::vsnprintf(line, sizeof line, format, args);
    va_end(args);
    callback(level, line, user_data);
}

}  // namespace dlgo
