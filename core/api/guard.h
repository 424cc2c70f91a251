// What every function of the C API does around its work.
#pragma once
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <exception>
#include <initializer_list>
#include <new>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "include/dlgo.h"

namespace dlgo::api {

void set_last_error(const char* message) noexcept;

// Runs f; exceptions become a status and the thread's last error.
template <typename F>
dlgo_status guard(F&& f) noexcept {
    try {
        f();
        return DLGO_OK;
    } catch (const Error& e) {
        set_last_error(e.what());
        return e.code();
    } catch (const std::bad_alloc&) {
        set_last_error("out of memory");
        return DLGO_ERROR_OUT_OF_MEMORY;
    } catch (const std::length_error&) {
        set_last_error("out of memory: a size is beyond what can be allocated");
        return DLGO_ERROR_OUT_OF_MEMORY;
    } catch (const std::exception& e) {
        set_last_error(e.what());
        return DLGO_ERROR_INTERNAL;
    } catch (...) {
        set_last_error("unknown exception");
        return DLGO_ERROR_INTERNAL;
    }
}

// INVALID_ARGUMENT naming the argument.
inline void require(const void* pointer, const char* name) {
    if (!pointer) fail(DLGO_ERROR_INVALID_ARGUMENT, "%s is NULL", name);
}

// INVALID_ARGUMENT for text that is not UTF-8.
std::string_view utf8(const char* text, const char* name);
inline std::string utf8_or_empty(const char* text, const char* name) { return text ? std::string(utf8(text, name)) : std::string(); }

// Options as this library knows them: the caller's fields over the defaults, so that older programs' shorter structs work. Of a field of 8
// bytes, whose offsets are in `wide`, a struct must have all.
template <typename T>
T read_options(const T* options, void (*init)(T*), std::initializer_list<size_t> wide) {
    T out;
    init(&out);
    if (!options) return out;
    if (options->struct_size < sizeof options->struct_size) fail(DLGO_ERROR_INVALID_ARGUMENT, "struct_size is %u", options->struct_size);
    size_t size = std::min<size_t>(options->struct_size, sizeof out) & ~size_t{3};
    for (const size_t offset : wide) {
        if (size == offset + 4) size = offset;
    }
    std::memcpy(&out, options, size);
    out.struct_size = sizeof out;
    return out;
}

// Fills a caller's struct up to the size that the caller knows; what a newer caller knows beyond it becomes zero.
template <typename T>
void write_struct(T* out, T value, const char* name) {
    require(out, name);
    const uint32_t size = out->struct_size;
    if (size < sizeof out->struct_size) fail(DLGO_ERROR_INVALID_ARGUMENT, "%s->struct_size is %u", name, size);
    value.struct_size = size;
    std::memcpy(static_cast<void*>(out), &value, std::min<size_t>(size, sizeof value));
}

// A copy that dlgo_free() frees.
char* new_text(std::string_view text);

}  // namespace dlgo::api
