// dlgo-bench-kernels [--threads N] [--n VALUES] [--rows N] [--reps N] [--isa NAME] [TYPE...]
// The matrix kernels' speed per weight type: GB/s of weights for one activation row, GMAC/s for many, and both as a share of
// what the machine can do (a plain streaming read; products of bytes summed in registers). Medians.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <new>
#include <string>
#include <thread>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "backends/cpu/kernels.h"
#include "tests/ops/weights.h"

namespace {

using namespace dlgo;
using namespace dlgo::cpu;

struct Options {
    unsigned threads = 1;
    size_t n = 2048, rows = 256, reps = 7;
    std::vector<Type> types;
    Isa isa = select_isa();
};

double seconds() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Median time of work(thread), run on all threads at once.
double median_time(const Options& options, const std::function<void(unsigned)>& work) {
    std::vector<double> times;
    for (size_t i = 0; i <= options.reps; ++i) {
        const double start = seconds();
        std::vector<std::thread> threads;
        for (unsigned t = 1; t < options.threads; ++t) threads.emplace_back(work, t);
        work(0);
        for (std::thread& t : threads) t.join();
        if (i > 0) times.push_back(seconds() - start);
    }
    std::nth_element(times.begin(), times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2), times.end());
    return times[times.size() / 2];
}

struct Memory {
    explicit Memory(size_t bytes) : data(static_cast<uint8_t*>(::operator new(bytes, std::align_val_t(64)))), size(bytes) {}
    ~Memory() { ::operator delete(data, std::align_val_t(64)); }
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;
    uint8_t* data;
    size_t size;
};

#if defined(__x86_64__)

__attribute__((target("avx2"))) void read_all(const uint8_t* p, size_t bytes) {
    __m256i sum[8] = {};
    for (size_t i = 0; i + 256 <= bytes; i += 256) {
        for (size_t j = 0; j < 8; ++j) {
            sum[j] = _mm256_add_epi64(sum[j], _mm256_load_si256(reinterpret_cast<const __m256i*>(p + i + 32 * j)));
        }
        _mm_prefetch(reinterpret_cast<const char*>(p + i + 4096), _MM_HINT_T0);
    }
    for (const __m256i& s : sum) asm volatile("" ::"x"(s));
}

// Instructions that each multiply kBytes bytes; returns products.
__attribute__((target("avx2"))) size_t multiply_avx2(size_t n) {
    __m256i sum[8] = {}, a = _mm256_set1_epi8(3), b = _mm256_set1_epi8(5);
    for (size_t i = 0; i < n; ++i) {
        for (auto& s : sum) {
            asm volatile("" : "+x"(a));
            s = _mm256_add_epi16(s, _mm256_maddubs_epi16(a, b));
        }
    }
    for (const __m256i& s : sum) asm volatile("" ::"x"(s));
    return n * 8 * 32;
}

__attribute__((target("avx512vnni,avx512f"))) size_t multiply_avx512vnni(size_t n) {
    __m512i sum[16] = {}, a = _mm512_set1_epi8(3), b = _mm512_set1_epi8(5);
    for (size_t i = 0; i < n; ++i) {
        for (auto& s : sum) {
            asm volatile("" : "+v"(a));
            s = _mm512_dpbusd_epi32(s, a, b);
        }
    }
    for (const __m512i& s : sum) asm volatile("" ::"v"(s));
    return n * 16 * 64;
}

void print_ceilings(const Options& options, double& read, double& products) {
    read = products = 0;
    if (!isa_present(Isa::Avx2)) return;
    Memory memory(size_t{256} << 20);
    std::memset(memory.data, 1, memory.size);
    const size_t part = memory.size / options.threads / 256 * 256;
    read = static_cast<double>(part * options.threads) / median_time(options, [&](unsigned t) { read_all(memory.data + t * part, part); });
    const bool wide = options.isa >= Isa::Avx512Vnni;
    constexpr size_t kLoops = 2'000'000;
    const double time = median_time(options, [&](unsigned) { wide ? multiply_avx512vnni(kLoops) : multiply_avx2(kLoops); });
    products = static_cast<double>(kLoops * (wide ? 16 * 64 : 8 * 32) * options.threads) / time;
}

#else

void print_ceilings(const Options&, double& read, double& products) { read = products = 0; }

#endif

std::vector<float> some_floats(size_t n) {
    std::vector<float> x(n);
    for (size_t i = 0; i < n; ++i) x[i] = static_cast<float>(static_cast<int>(i * 2654435761u >> 8 & 1023) - 512) / 256;
    return x;
}

void bench(const Options& options, Type type, double read, double products) {
    const Kernels& k = kernels(options.isa);
    const size_t n = options.n / traits(type).block * traits(type).block, row_bytes = type_bytes(type, n);
    if (n == 0) return;
    const size_t n_out = std::max<size_t>((size_t{96} << 20) / row_bytes / options.threads, 16) * options.threads;
    Memory weights(n_out * row_bytes);
    const std::vector<uint8_t> piece = test::random_weights(type, 64 * n, 1);
    for (size_t at = 0; at < weights.size; at += piece.size()) std::memcpy(weights.data + at, piece.data(), std::min(piece.size(), weights.size - at));

    const auto prepare = [&](ActForm form, size_t rows, Memory& act) {
        const std::vector<float> x = some_floats(rows * n);
        k.prepare(form, {x.data(), n}, rows, n, act.data);
    };
    std::vector<float> y(n_out);
    Memory one(activation_bytes(k.form(type, 1), n));
    prepare(k.form(type, 1), 1, one);
    const size_t part = n_out / options.threads;
    const double vec_time = median_time(options, [&](unsigned t) { k.linear_vec(type, weights.data, n, one.data, t * part, (t + 1) * part, reads_past_caches(), y.data()); });
    const double bytes = static_cast<double>(n_out * row_bytes);

    const size_t mat_out = std::min<size_t>(1024, n_out) / options.threads * options.threads, mat_part = mat_out / options.threads;
    const ActForm form = in_fours(k.form(type, options.rows), options.rows);
    Memory act(activation_bytes(form, n, options.rows)), scratch(options.threads * ((k.mat_scratch + 63) / 64 * 64));
    prepare(form, options.rows, act);
    std::vector<float> out(options.rows * mat_out);
    const LinearMat job{type, form, weights.data, n, act.data, options.rows, {out.data(), mat_out}};
    const double mat_time = median_time(options, [&](unsigned t) {
        k.linear_mat(job, t * mat_part, (t + 1) * mat_part, scratch.data + t * ((k.mat_scratch + 63) / 64 * 64));
    });
    const double macs = static_cast<double>(options.rows * mat_out * n);
    std::printf("%-8s %6.1f GB/s %3.0f%%  %7.1f GMAC/s %3.0f%%\n", traits(type).name, bytes / vec_time * 1e-9,
                read > 0 ? 100 * bytes / vec_time / read : 0, macs / mat_time * 1e-9, products > 0 ? 100 * macs / mat_time / products : 0);
    std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string arg = argv[i];
        if (arg.rfind("--", 0) == 0 && i + 1 < argc) {
            const char* value = argv[++i];
            if (arg == "--threads") options.threads = std::max(1u, static_cast<unsigned>(std::atoi(value)));
            if (arg == "--n") options.n = static_cast<size_t>(std::atol(value));
            if (arg == "--rows") options.rows = std::max<size_t>(1, static_cast<size_t>(std::atol(value)));
            if (arg == "--reps") options.reps = std::max<size_t>(1, static_cast<size_t>(std::atol(value)));
            for (const Isa isa : kAllIsas) {
                if (arg == "--isa" && isa_name(isa) == std::string(value) && isa_present(isa)) options.isa = isa;
            }
            continue;
        }
#define X(NAME, name, id, block, bytes) \
    if (arg == #NAME) options.types.push_back(Type::NAME);
#include "core/quant/formats.inc"
#undef X
    }
    if (options.types.empty()) {
#define X(NAME, name, id, block, bytes) options.types.push_back(Type::NAME);
#include "core/quant/formats.inc"
#undef X
    }
    double read = 0, products = 0;
    print_ceilings(options, read, products);
    std::printf("%s, %u threads, n %zu, rows %zu; ceilings: read %.1f GB/s, products of bytes %.1f G/s\n", isa_name(options.isa),
                options.threads, options.n, options.rows, read * 1e-9, products * 1e-9);
    for (const Type type : options.types) bench(options, type, read, products);
}
