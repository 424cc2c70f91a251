#pragma once

struct bf16 : Layout<Type::BF16> {
    static constexpr bool kFloat = true;

    static float load(const uint8_t* p) { return bits_to_float(static_cast<uint32_t>(load_u16(p)) << 16); }
};
