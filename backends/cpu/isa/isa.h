// Instruction sets with kernels of their own, best last.
#pragma once
#include <cstdint>

namespace dlgo::cpu {

enum class Isa : uint8_t { Scalar, Avx2, AvxVnni, Avx512Vnni, Amx };
inline constexpr Isa kAllIsas[] = {Isa::Scalar, Isa::Avx2, Isa::AvxVnni, Isa::Avx512Vnni, Isa::Amx};

const char* isa_name(Isa isa) noexcept;  // "scalar", "avx2", "avxvnni", "avx512vnni", "amx"

// Both the processor and the operating system can run it. Amx also asks the system for the tile registers.
bool isa_present(Isa isa) noexcept;

// Whether reading past the larger caches (prefetchnta) is faster for what they cannot hold: on AMD's processors (Zen 2: 3 to 10% of decode),
// but not on Intel's (Sapphire Rapids: a fifth to a third slower).
bool reads_past_caches() noexcept;

// Whether 32 bytes are multiplied once a cycle (vpmaddubsw), and not twice: by AMD's processors before Zen 3 and by Intel's before Skylake.
// DLGO_AVX2_PAIRS, 0 or 1, decides otherwise. Throws when it is anything else.
bool multiplies_bytes_once();

// The best one present, or the one that DLGO_ISA names. Throws when that one is unknown or not present.
Isa select_isa();

}  // namespace dlgo::cpu
