#pragma once

struct f16 : Layout<Type::F16> {
    static constexpr bool kFloat = true;

    static vfloat load(const uint8_t* p) { return widen_f16(p); }  // kLanes values
};
