#!/usr/bin/env bash
# Every test of dlgo, in sections; `make test` calls it after tools/bootstrap.sh. Exit status 0 only when nothing failed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DLGO_DEPS=${DLGO_DEPS:-$PWD/.deps}
if [ -f "$DLGO_DEPS/env.sh" ]; then . "$DLGO_DEPS/env.sh"; fi

build=$PWD/build/release
stage=$PWD/build/stage
logs=$PWD/build/logs
jobs=${JOBS:-$(nproc)}
mkdir -p "$logs"
passed=0 failed=0 skipped=0

section() { printf '\n== %s\n' "$*"; }
ok() { passed=$((passed + 1)); printf '   ok       %s\n' "$1"; }
skip() { skipped=$((skipped + 1)); printf '   skipped  %s\n' "$1"; }

# check NAME COMMAND...: one test; its output is shown only when it fails
check() {
    local name=$1 log; shift
    log=$logs/$(printf '%s' "$name" | tr -c 'A-Za-z0-9' _).log
    if "$@" >"$log" 2>&1; then ok "$name"; else
        failed=$((failed + 1)); printf '   FAILED   %s (%s)\n' "$name" "$log"; tail -40 "$log" | sed 's/^/            /'
        return 1
    fi
}

# junit FILE: adds a test runner's own counts
junit() {
    local counts
    counts=$(python3 - "$1" <<'PY'
import sys, xml.etree.ElementTree as ET
suites = list(ET.parse(sys.argv[1]).getroot().iter("testsuite"))
total, failed, skipped = (sum(int(s.get(k) or 0) for s in suites) for k in ("tests", "failures", "skipped"))
failed += sum(int(s.get("errors") or 0) for s in suites)
print(total - failed - skipped, failed, skipped)
PY
    ) || { failed=$((failed + 1)); return; }
    set -- $counts
    passed=$((passed + $1)) failed=$((failed + $2)) skipped=$((skipped + $3))
}

finish() {
    printf '\n== result (%d s)\n%d passed, %d failed, %d skipped\n' "$SECONDS" "$passed" "$failed" "$skipped"
    [ "$failed" -eq 0 ]
    exit
}

section "build (build/release)"
if ! cmake --preset release --log-level=NOTICE || ! cmake --build "$build" -j "$jobs" | tail -1; then
    cmake --build "$build" 2>&1 | tail -40
    failed=1
    finish
fi
passed=1

section "unit tests"
ctest --test-dir "$build" -j "$jobs" --output-on-failure --timeout 600 --output-junit "$logs/ctest.xml" >"$logs/ctest.log" 2>&1
sed -n -e '/\*\*\*Failed/p' -e '/tests passed/,$p' "$logs/ctest.log" | sed -e '/^$/d' -e 's/^/   /'
if [ -s "$logs/ctest.xml" ]; then junit "$logs/ctest.xml"; else tail -40 "$logs/ctest.log"; failed=$((failed + 1)); fi
if [ "$failed" -ne 0 ]; then grep -A60 '^The following tests FAILED\|: FAILED' "$logs/ctest.log" | head -120; fi

section "Vulkan"
. tests/vulkan/checks.sh

section "C ABI, from an installation in build/stage"
. tests/abi/checks.sh

section "Python"
. tests/python/checks.sh

section "C#"
. tests/csharp/checks.sh

section "Rust"
. tests/rust/checks.sh

section "reference data"
. tests/golden/checks.sh

finish
