// Rows of floats in memory.
#pragma once
#include <cstddef>
#include <type_traits>

namespace dlgo::cpu {

// `stride` is of no interest where there is but one row.
template <typename T>
struct RowsOf {
    T* data = nullptr;
    size_t stride = 0;

    T* row(size_t i) const noexcept { return data + i * stride; }
    // From a row and a column on.
    RowsOf at(size_t i, size_t column) const noexcept { return data ? RowsOf{row(i) + column, stride} : RowsOf{}; }
    explicit operator bool() const noexcept { return data != nullptr; }
    operator RowsOf<const T>() const noexcept requires(!std::is_const_v<T>) { return {data, stride}; }
};

using Rows = RowsOf<float>;
using ConstRows = RowsOf<const float>;

}  // namespace dlgo::cpu
