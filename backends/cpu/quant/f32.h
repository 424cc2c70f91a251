#pragma once

struct f32 : Layout<Type::F32> {
    static constexpr bool kFloat = true;

    static vfloat load(const uint8_t* p) { return widen_f32(p); }  // kLanes values
};
