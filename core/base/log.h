// Log lines go to the host's callback, or nowhere.
#pragma once
#include "include/dlgo.h"

namespace dlgo {

void set_log_callback(dlgo_log_callback callback, void* user_data);

// level: DLGO_LOG_*. Cheap when no callback is set. Never throws.
void log(int level, const char* format, ...) noexcept __attribute__((format(printf, 2, 3)));

}  // namespace dlgo
