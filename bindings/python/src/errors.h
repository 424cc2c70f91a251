// dlgo_status -> the exception classes of dlgo._errors.
#pragma once
#include <dlgo.h>
#include <pybind11/pybind11.h>

#include <string>

namespace dlgo_python {

// The mapping from status to exception class, given by the package when it is imported.
void set_error_classes(pybind11::dict classes);

// Throws the exception of the status; the GIL must be held.
[[noreturn]] void raise(dlgo_status status, const std::string& message);

// A status and its message, taken on the thread of the call; raise it later with the GIL.
struct Outcome {
    dlgo_status status = DLGO_OK;
    std::string message;
    static Outcome of(dlgo_status status) { return status == DLGO_OK ? Outcome{} : Outcome{status, dlgo_last_error()}; }
    void check() const {
        if (status != DLGO_OK) raise(status, message);
    }
};

}  // namespace dlgo_python
