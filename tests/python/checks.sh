# The Python package as a wheel in a fresh virtual environment; sourced by tests/run.sh.
venv=$PWD/build/venv
wheels=$PWD/build/wheels
python_tools() {
    [ -x "$venv/bin/pytest" ] && [ "$(cat "$venv/made-by" 2>/dev/null)" = "$(python3 --version)" ] && return
    rm -rf "$venv" && python3 -m venv "$venv" && "$venv/bin/pip" install -q --disable-pip-version-check \
        'scikit-build-core>=0.10' 'pybind11>=3' pytest numpy mypy typing_extensions && python3 --version >"$venv/made-by"
}
wheel() {
    rm -rf "$wheels" && "$venv/bin/pip" wheel -q --disable-pip-version-check --no-build-isolation --no-deps -w "$wheels" . &&
        "$venv/bin/pip" install -q --disable-pip-version-check --no-deps --force-reinstall "$wheels"/dlgo-*.whl
}
if check "virtual environment" python_tools && check "wheel" wheel; then
    check "type annotations (mypy --strict)" "$venv/bin/mypy"
    # From another folder, so that the installed package is the one that is tested.
    (cd build && "$venv/bin/python" -m pytest -q --rootdir "$PWD/.." -c ../pyproject.toml --junit-xml "$logs/pytest.xml" ../tests/python \
        >"$logs/pytest.log" 2>&1)
    status=$?
    tail -1 "$logs/pytest.log" | sed 's/^/   /'
    if [ -s "$logs/pytest.xml" ]; then junit "$logs/pytest.xml"; fi
    if [ $status -ne 0 ]; then
        tail -60 "$logs/pytest.log"
        if [ ! -s "$logs/pytest.xml" ]; then failed=$((failed + 1)); fi
    fi
fi
