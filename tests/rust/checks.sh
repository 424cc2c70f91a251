# The Rust crates against the installed library; sourced by tests/run.sh.
rust() { (cd bindings/rust && CARGO_TARGET_DIR=${build%/*}/rust DLGO_LIB_DIR=$libdir LD_LIBRARY_PATH=$libdir "$@"); }
# cargo's own counts, of all test programs
rust_counts() {
    set -- $(awk '/^test result:/ { p += $4; f += $6; s += $8 } END { print p + 0, f + 0, s + 0 }' "$logs/cargo_test.log")
    passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
    printf '   %d tests passed, %d failed (cargo test)\n' "$1" "$2"
}

if ! command -v cargo >/dev/null; then skip "Rust crates (cargo is not installed)"; else
    libdir=$(dirname "$(ls "$stage"/lib*/libdlgo.so.1 "$stage"/lib/*/libdlgo.so.1 2>/dev/null | head -1)")
    if rust cargo fmt --version >/dev/null 2>&1; then check "rustfmt" rust cargo fmt --all --check; fi
    if rust cargo clippy --version >/dev/null 2>&1; then check "clippy" rust cargo clippy -q --locked --all-targets -- -D warnings; fi
    if rust cargo test --locked --no-fail-fast >"$logs/cargo_test.log" 2>&1; then rust_counts; else
        rust_counts
        if ! grep -q '^test result: FAILED' "$logs/cargo_test.log"; then failed=$((failed + 1)); fi
        tail -60 "$logs/cargo_test.log"
    fi
    hello() { [ "$(rust cargo run -q --locked --example hello -- "$stage/share/dlgo/demo.gguf")" = "The capital of France is Paris." ]; }
    check "hello world in Rust" hello

    # dlgo can only be packaged together with dlgo-sys as long as that is not published; cargo knows how since 1.90.
    together=$(cargo --version | awk '{ split($2, v, "."); print (v[1] > 1 || v[2] >= 90) ? "--workspace" : "-p dlgo-sys" }')
    check "cargo package $together" rust cargo package -q --allow-dirty $together
    # What no build of the library needs stays out; everything else must be in the package.
    sources() { git ls-files | grep -vE '^(tests|bindings|docs|tools|examples|share|\.[a-z-]+)(/|$)|^[A-Za-z]+\.(md|toml|json)$|^Makefile$' | LC_ALL=C sort; }
    packaged() { rust cargo package -q --allow-dirty -p dlgo-sys --list | sed -n 's/^source\///p' | LC_ALL=C sort; }
    complete() { [ -z "$(comm -23 <(sources) <(packaged) | tee /dev/stderr)" ]; }
    if git rev-parse --git-dir >/dev/null 2>&1; then check "the package dlgo-sys has every source" complete; fi
fi
