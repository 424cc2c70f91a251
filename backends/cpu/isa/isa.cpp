#include "backends/cpu/isa/isa.h"

#include <cstdlib>
#include <cstring>
#include <string_view>

#include "core/base/env.h"
#include "core/base/error.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace dlgo::cpu {

static constexpr const char* kNames[] = {"scalar", "avx2", "avxvnni", "avx512vnni", "amx"};

const char* isa_name(Isa isa) noexcept { return kNames[static_cast<size_t>(isa)]; }

namespace {

struct Features {
    bool avx2 = false, avxvnni = false, avx512vnni = false, amx = false;
};

#if defined(__x86_64__)

bool bit(uint32_t word, int index) { return (word >> index & 1) != 0; }

uint64_t xcr0() {
    uint32_t lo, hi;
    asm volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
    return static_cast<uint64_t>(hi) << 32 | lo;
}

// Linux hands out the tile data state (XSAVE component 18) on request only; the whole process gets it.
bool request_tiles() {
#if defined(__linux__) && defined(SYS_arch_prctl)
    constexpr int kRequestPermission = 0x1023;  // ARCH_REQ_XCOMP_PERM
    return syscall(SYS_arch_prctl, kRequestPermission, 18) == 0;
#else
    return false;
#endif
}

Features detect() {
    Features f;
    uint32_t a, b1, c1, d1, b7, c7, d7, a71, b71, c71, d71;
    if (!__get_cpuid(1, &a, &b1, &c1, &d1) || !bit(c1, 27)) return f;  // OSXSAVE
    const uint64_t state = xcr0();
    const bool ymm = (state & 0x6) == 0x6, zmm = (state & 0xe6) == 0xe6, tiles = (state & 0x60000) == 0x60000;
    if (!__get_cpuid_count(7, 0, &a, &b7, &c7, &d7)) return f;
    if (!__get_cpuid_count(7, 1, &a71, &b71, &c71, &d71)) a71 = 0;

    f.avx2 = ymm && bit(c1, 12) && bit(c1, 29) && bit(b7, 5) && bit(b7, 8);  // FMA, F16C, AVX2, BMI2
    f.avxvnni = f.avx2 && a >= 1 && bit(a71, 4);
    // AVX512 F, DQ, BW, VL, VBMI, VNNI
    f.avx512vnni = f.avx2 && zmm && bit(b7, 16) && bit(b7, 17) && bit(b7, 30) && bit(b7, 31) && bit(c7, 1) && bit(c7, 11);
    // AVX512-BF16, AMX BF16, TILE, INT8
    f.amx = f.avx512vnni && tiles && bit(a71, 5) && bit(d7, 22) && bit(d7, 24) && bit(d7, 25) && request_tiles();
    return f;
}

bool made_by(std::string_view vendor) {
    uint32_t a, name[3];
    return __get_cpuid(0, &a, &name[0], &name[2], &name[1]) && std::memcmp(name, vendor.data(), sizeof name) == 0;
}

// Zen 3 has 0x19.
uint32_t family() {
    uint32_t a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) ? (a >> 8 & 15) + (a >> 20 & 255) : 0;
}

// Came with Skylake.
bool clflushopt() {
    uint32_t a, b, c, d;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && bit(b, 23);
}

#else

Features detect() { return {}; }
bool made_by(std::string_view) { return false; }
uint32_t family() { return 0; }
bool clflushopt() { return false; }

#endif

}  // namespace

bool reads_past_caches() noexcept { return made_by("AuthenticAMD"); }

bool multiplies_bytes_once() {
    if (const auto wanted = env_int("DLGO_AVX2_PAIRS", 0, 1)) return *wanted == 1;
    return made_by("GenuineIntel") ? !clflushopt() : family() < 0x19;
}

bool isa_present(Isa isa) noexcept {
    static const Features features = detect();
    switch (isa) {
        case Isa::Scalar: return true;
        case Isa::Avx2: return features.avx2;
        case Isa::AvxVnni: return features.avxvnni;
        case Isa::Avx512Vnni: return features.avx512vnni;
        case Isa::Amx: return features.amx;
    }
    return false;
}

Isa select_isa() {
    const char* wanted = std::getenv("DLGO_ISA");
    Isa best = Isa::Scalar;
    for (const Isa isa : kAllIsas) {
        if (wanted && std::strcmp(wanted, isa_name(isa)) == 0) {
            if (isa_present(isa)) return isa;
            fail(DLGO_ERROR_UNSUPPORTED, "DLGO_ISA: this machine cannot run %s", wanted);
        }
        if (isa_present(isa)) best = isa;
    }
    if (wanted && *wanted) {
        fail(DLGO_ERROR_INVALID_ARGUMENT, "DLGO_ISA: '%s' is none of scalar, avx2, avxvnni, avx512vnni, amx", wanted);
    }
    return best;
}

}  // namespace dlgo::cpu
