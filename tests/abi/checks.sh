# The public surface of an installed libdlgo.so; sourced by tests/run.sh.
rm -rf "$stage"
if check "cmake --install" cmake --install "$build" --prefix "$stage"; then
    library=$(ls "$stage"/lib*/libdlgo.so.1 "$stage"/lib/*/libdlgo.so.1 2>/dev/null | head -1)
    libdir=$(dirname "$library")
    flags=(-Wall -Wextra -pedantic -Werror -fsyntax-only -I"$stage/include")
    check "dlgo.h compiles as C99" gcc -std=c99 "${flags[@]}" -x c "$stage/include/dlgo.h"
    check "dlgo.h compiles as C11" gcc -std=c11 "${flags[@]}" -x c "$stage/include/dlgo.h"
    check "dlgo.h compiles as C++20" g++ -std=c++20 "${flags[@]}" -x c++ "$stage/include/dlgo.h"

    exports() { nm -D --defined-only "$1" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' | LC_ALL=C sort -u; }
    declared() { grep -v '^ \*' "$stage/include/dlgo.h" | grep -oE '^DLGO_API .*' | grep -oE '\bdlgo_[a-z0-9_]+ ?\(' | tr -d ' (' | LC_ALL=C sort -u; }
    same_symbols() { diff <(declared) <(exports "$library"); }
    check "exported symbols are those of dlgo.h" same_symbols
    needed() {
        local others
        others=$(readelf -d "$library" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p' | grep -vE '^(libc|libm|libpthread|libdl|ld-linux.*)\.so\.[0-9]+$')
        [ -z "$others" ] || { echo "$others"; false; }
    }
    check "run-time dependencies are libc and libm" needed
    soname() { [ "$(readelf -d "$library" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')" = libdlgo.so.1 ]; }
    check "soname is libdlgo.so.1" soname

    consumer() {
        rm -rf build/consumer &&
            cmake -S tests/abi/consumer -B build/consumer -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH="$stage" &&
            cmake --build build/consumer && build/consumer/consumer "$stage/share/dlgo/demo.gguf"
    }
    check "C consumer through find_package(dlgo)" consumer
    pc() {
        export PKG_CONFIG_PATH=$libdir/pkgconfig
        gcc -std=c11 -Wall -Werror tests/abi/consumer/main.c -o build/consumer/pc $(pkg-config --cflags --libs dlgo) &&
            LD_LIBRARY_PATH=$libdir build/consumer/pc "$stage/share/dlgo/demo.gguf"
    }
    check "C consumer through dlgo.pc" pc

    check "wrong arguments, short structs, order of freeing, threads" build/consumer/misuse "$stage/share/dlgo/demo.gguf"
    check "10,000 sessions and 100 models in flat memory" build/consumer/cycles "$stage/share/dlgo/demo.gguf" 10000
    check "a child process loads a model of its own" timeout 120 build/consumer/fork "$stage/share/dlgo/demo.gguf"
    cancelled_once() {
        "$build/examples/cancel" "$stage/share/dlgo/demo.gguf" "Once upon a time" >build/cancel.txt &
        until [ -s build/cancel.txt ] || ! kill -0 $! 2>/dev/null; do sleep 0.01; done
        kill -INT $! && wait $! && grep 'cancelled after' build/cancel.txt
    }
    # On a busy machine the story may be over before the signal is sent.
    cancelled() {
        local try
        for try in 1 2 3 4 5 6 7 8; do cancelled_once && return; done
        return 1
    }
    check "cancelled by a signal handler" cancelled

    isolated() {
        nm "$build/libdlgo_static.a" 2>/dev/null | python3 tests/abi/neighbour.py >build/neighbour.c &&
            gcc -w -shared -fPIC build/neighbour.c -o build/libneighbour.so &&
            LD_PRELOAD=$PWD/build/libneighbour.so build/consumer/consumer "$stage/share/dlgo/demo.gguf"
    }
    check "works beside a library with ggml_*, llama_*, whisper_* and our own C++ symbols" isolated
    dynamic() { "$build/examples/dynamic" "$library" "$stage/share/dlgo/demo.gguf"; }
    check "opened with dlopen" dynamic

    layout() { python3 tests/abi/layout.py "$stage/include/dlgo.h" --check tests/abi/layout.txt; }
    check "sizes and offsets of public structs" layout

    constants() { sed -nE 's/^#define (DLGO_[A-Z0-9_]+) +([^ ]+).*/\1 \2/p' "$1" | grep -v 'DLGO_VERSION_\|DLGO_API' | LC_ALL=C sort; }
    same_constants() { [ -z "$(comm -23 <(constants tests/abi/v1.0/dlgo.h) <(constants "$stage/include/dlgo.h") | tee /dev/stderr)" ]; }
    check "constants have the values of dlgo.h 1.0" same_constants

    # Baseline: tests/abi/abidw.sh build/release/libdlgo.so.1 include > tests/abi/libdlgo.so.1.abi
    if ! command -v abidw >/dev/null; then skip "abidiff against the baseline (abigail-tools are not installed)"; else
        check "abidiff against the baseline" tests/abi/compatible.sh tests/abi/libdlgo.so.1.abi "$library" "$stage/include"
        check "abidiff passes additions, refuses what breaks programs" python3 tests/abi/test_gate.py "$stage/include/dlgo.h"
    fi

    # A program built against the first released header.
    old_program() {
        gcc -std=c11 -Wall -Werror -I tests/abi/v1.0 tests/abi/consumer/main.c -o build/consumer/old -L"$libdir" -ldlgo &&
            LD_LIBRARY_PATH=$libdir build/consumer/old "$stage/share/dlgo/demo.gguf"
    }
    check "a program built against dlgo.h 1.0" old_program
fi
