#pragma once

struct f32 : Layout<Type::F32> {
    static constexpr bool kFloat = true;

    static float load(const uint8_t* p) { return bits_to_float(load_u32(p)); }
};
