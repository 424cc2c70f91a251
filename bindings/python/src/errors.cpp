#include "errors.h"

namespace py = pybind11;

namespace dlgo_python {

static PyObject* error_classes = nullptr;  // lives as long as the process

void set_error_classes(py::dict classes) { error_classes = classes.release().ptr(); }

void raise(dlgo_status status, const std::string& message) {
    PyObject* type = nullptr;
    if (error_classes) type = PyDict_GetItem(error_classes, py::int_(status).ptr());
    PyErr_SetString(type ? type : PyExc_RuntimeError, message.c_str());
    throw py::error_already_set();
}

}  // namespace dlgo_python
