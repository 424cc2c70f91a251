#pragma once

struct f16 : Layout<Type::F16> {
    static constexpr bool kFloat = true;

    static float load(const uint8_t* p) { return load_f16(p); }
};
