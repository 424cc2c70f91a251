#include <cstdlib>

#include "backends/cpu/isa/isa.h"
#include "backends/devices.h"
#include "core/api/guard.h"
#include "core/base/log.h"
#include "core/base/utf8.h"

namespace dlgo::api {

namespace {

// A fixed buffer: no allocation may fail while an error is reported.
thread_local char last_error[2048] = "";

const std::vector<dlgo_device_info>& devices() {
    static const auto* const all = new std::vector<dlgo_device_info>(device_infos());
    return *all;
}

bool has_word(std::string_view words, std::string_view word) {
    for (size_t at = 0; at < words.size();) {
        const size_t end = std::min(words.find(' ', at), words.size());
        if (words.substr(at, end - at) == word) return true;
        at = end + 1;
    }
    return false;
}

bool has_feature(std::string_view name) {
    const std::pair<std::string_view, cpu::Isa> kIsas[] = {{"avx2", cpu::Isa::Avx2},
                                                           {"avxvnni", cpu::Isa::AvxVnni},
                                                           {"avx512", cpu::Isa::Avx512Vnni},
                                                           {"avx512vnni", cpu::Isa::Avx512Vnni},
                                                           {"amx", cpu::Isa::Amx}};
    for (const auto& [isa_name, isa] : kIsas) {
        if (name == isa_name) return cpu::isa_present(isa);
    }
    if (name == "vulkan") return devices().size() > 1;
    if (name != "coopmat") return false;
    return std::any_of(devices().begin(), devices().end(), [&](const dlgo_device_info& d) { return has_word(d.features, name); });
}

}  // namespace

void set_last_error(const char* message) noexcept {
    const size_t n = std::min(std::strlen(message), sizeof last_error - 1);
    std::memcpy(last_error, message, n);
    last_error[n] = 0;
}

std::string_view utf8(const char* text, const char* name) {
    require(text, name);
    if (!is_valid_utf8(text)) fail(DLGO_ERROR_INVALID_ARGUMENT, "%s is not UTF-8", name);
    return text;
}

char* new_text(std::string_view text) {
    char* out = static_cast<char*>(std::malloc(text.size() + 1));
    if (!out) throw std::bad_alloc();
    std::memcpy(out, text.data(), text.size());
    out[text.size()] = 0;
    return out;
}

}  // namespace dlgo::api

using namespace dlgo::api;

extern "C" {

DLGO_API uint32_t dlgo_abi_version(void) { return DLGO_ABI_VERSION; }

#define DLGO_TEXT_(x) #x
#define DLGO_TEXT(x) DLGO_TEXT_(x)
DLGO_API const char* dlgo_version(void) {
    return DLGO_TEXT(DLGO_VERSION_MAJOR) "." DLGO_TEXT(DLGO_VERSION_MINOR) "." DLGO_TEXT(DLGO_VERSION_PATCH);
}

DLGO_API const char* dlgo_status_string(dlgo_status status) {
    switch (status) {
        case DLGO_OK: return "ok";
        case DLGO_ERROR_INVALID_ARGUMENT: return "invalid argument";
        case DLGO_ERROR_IO: return "input/output error";
        case DLGO_ERROR_FORMAT: return "bad format";
        case DLGO_ERROR_UNSUPPORTED: return "unsupported";
        case DLGO_ERROR_OUT_OF_MEMORY: return "out of memory";
        case DLGO_ERROR_CONTEXT_FULL: return "context full";
        case DLGO_ERROR_CANCELLED: return "cancelled";
        case DLGO_ERROR_DEVICE: return "device error";
        case DLGO_ERROR_INTERNAL: return "internal error";
    }
    return "unknown status";
}

DLGO_API const char* dlgo_last_error(void) { return last_error; }

DLGO_API int32_t dlgo_has_feature(const char* name) {
    int32_t found = 0;
    guard([&] { found = name && has_feature(name); });
    return found;
}

DLGO_API void dlgo_set_log_callback(dlgo_log_callback callback, void* user_data) { dlgo::set_log_callback(callback, user_data); }

DLGO_API void dlgo_free(void* memory) { std::free(memory); }

DLGO_API int32_t dlgo_device_count(void) {
    int32_t n = 1;
    guard([&] { n = static_cast<int32_t>(devices().size()); });
    return n;
}

DLGO_API dlgo_status dlgo_device_get(int32_t index, dlgo_device_info* info) {
    return guard([&] {
        const auto& all = devices();
        if (index < 0 || static_cast<size_t>(index) >= all.size()) {
            dlgo::fail(DLGO_ERROR_INVALID_ARGUMENT, "device %d of %zu", index, all.size());
        }
        write_struct(info, all[static_cast<size_t>(index)], "info");
    });
}

}  // extern "C"
