#pragma once

struct bf16 : Layout<Type::BF16> {
    static constexpr bool kFloat = true;

    static vfloat load(const uint8_t* p) { return widen_bf16(p); }  // kLanes values
};
